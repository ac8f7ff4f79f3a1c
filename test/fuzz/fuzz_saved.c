/*
 * fuzz_saved.c: a saved result. What is read can be concluded from and rendered in every format,
 * and its JSON is read again.
 */
#include "base/buffer.h"
#include "base/error.h"
#include "fuzz.h"
#include "report/answer.h"
#include "report/report.h"
#include "report/saved.h"
#include "report/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int drop(const void *context, const char *name, const struct buffer *text)
{
    (void)context;
    fuzz_demand(name[0] && !strchr(name, '/') && !text->error, "a file has no good name");
    return 0;
}

/* Whether it is a result; what is concluded of it must be let go of. */
static bool read_and_conclude(const void *bytes, size_t size, struct saved *saved,
                              struct findings *findings)
{
    char error[SAVED_ERROR_SIZE] = "";
    const int r = saved_read(saved, fuzz_file(bytes, size), error);
    fuzz_demand(r == 0 || r == -ENOMEM || (r == SAVED_INVALID && error[0]), "it says nothing");
    saved->options.details = true;
    return r == 0 && saved_conclude(saved, findings) == 0;
}

static void write_json(const struct findings *findings)
{
    static struct saved again; /* it is large */
    CLEANUP(findings_deinit)
    struct findings found = {0};
    CLEANUP(buffer_deinit)
    struct buffer json = {0};
    report_json(findings, &json);
    fuzz_demand(!json.error, "a report has a hole");
    const bool good = read_and_conclude(json.data, json.length, &again, &found);
    if (!good)
        fprintf(stderr, "%.*s\n", (int)json.length, json.data);
    fuzz_demand(good, "what was written is not read");
    findings_deinit(&found);
    saved_deinit(&again);
}

static void write_text(const struct findings *findings)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    answer_text(findings, false, WRAP_WIDTH, &text);
    answer_text(findings, true, WRAP_NEVER, &text);
    report_markdown(findings, &text);
    report_csv(findings, &text);
    fuzz_demand(!text.error, "a report has a hole");
}

static void write_histograms(const struct findings *findings)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    report_hlog(findings, &text);
    report_hgrm(findings->result, drop, NULL);
    fuzz_demand(!text.error, "a report has a hole");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const ways[])(const struct findings *findings) = {write_json, write_text,
                                                                    write_histograms};
    static struct saved saved;
    CLEANUP(findings_deinit)
    struct findings findings = {0};
    const uint32_t draw = fuzz_draw(data, size);
    const bool good = read_and_conclude(data, size, &saved, &findings);
    for (size_t i = 0; good && i < ARRAY_LENGTH(ways); i++) {
        if (fuzz_is_replay || i == draw % ARRAY_LENGTH(ways))
            ways[i](&findings);
    }
    findings_deinit(&findings); /* before what it is of */
    saved_deinit(&saved);
    return 0;
}
