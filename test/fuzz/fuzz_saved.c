/*
 * fuzz_saved.c: a saved result. What is read can be concluded from and rendered in every format,
 * and its JSON is read again and gives the same report.
 */
#include "base/buffer.h"
#include "base/error.h"
#include "fuzz.h"
#include "report/answer.h"
#include "report/report.h"
#include "report/saved.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int drop(const void *context, const char *name, const struct buffer *text)
{
    (void)context;
    fuzz_demand(name[0] && !strchr(name, '/') && !text->error, "a file has no good name");
    return 0;
}

/* Reads a document; where it is good, its JSON and its report for people are appended. */
static bool render(const void *bytes, size_t size, struct buffer *json, struct buffer *people)
{
    static struct saved place; /* it is large */
    struct saved *saved = &place;
    char error[SAVED_ERROR_SIZE] = "";
    CLEANUP(findings_deinit)
    struct findings findings = {0};
    const int r = saved_read(saved, fuzz_file(bytes, size), error);
    fuzz_demand(r == 0 || r == -ENOMEM || (r == SAVED_INVALID && error[0]), "it says nothing");
    if (r == 0 && saved_conclude(saved, &findings) == 0) {
        CLEANUP(buffer_deinit)
        struct buffer other = {0};
        saved->options.details = true;
        report_json(&findings, json);
        answer_text(&findings, size % 2, people);
        report_markdown(&findings, people);
        report_csv(&findings, &other);
        report_hlog(&findings, &other);
        report_hgrm(&saved->result, drop, NULL);
        fuzz_demand(!json->error && !people->error && !other.error, "a report has a hole");
    }
    findings_deinit(&findings);
    saved_deinit(saved);
    return json->length > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buffer_deinit)
    struct buffer json = {0};
    CLEANUP(buffer_deinit)
    struct buffer people = {0};
    CLEANUP(buffer_deinit)
    struct buffer json_again = {0};
    CLEANUP(buffer_deinit)
    struct buffer people_again = {0};
    if (!render(data, size, &json, &people))
        return 0;
    if (!render(json.data, json.length, &json_again, &people_again))
        fprintf(stderr, "%.*s\n", (int)json.length, json.data);
    fuzz_demand(json_again.length > 0, "what was written is not read");
    return 0;
}
