/* stages.c: see stages.h. */
#include "commands/stages.h"

#include "base/error.h"
#include "base/log.h"
#include "commands/exit_code.h"
#include "measure/stages.h"
#include "report/output.h"
#include "report/stage_report.h"
#include "send/runner.h"

#include <stdlib.h>
#include <string.h>

struct run {
    struct workload workload;
    struct target target;
    struct stages classes[CLASS_MOST];
    size_t count; /* of those that were begun */
};

static void run_free(struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        stages_deinit(&run->classes[i]);
    workload_deinit(&run->workload);
    free(run);
}

/* Returns 0 or an exit code; what is wrong has been told. */
static int prepare(struct run *run, const struct options *options)
{
    char error[OPTIONS_ERROR_SIZE];
    int r = workload_init(&run->workload, options, error);
    if (r) {
        log_message("%s", error);
        return r < 0 ? EXIT_FAILED : EXIT_USAGE;
    }
    r = target_init(&run->target, options->base_url, &options->reach, error);
    if (r)
        log_message("%s", r < 0 ? strerror(-r) : error);
    return r ? (r == TARGET_INVALID ? EXIT_USAGE : EXIT_FAILED) : 0;
}

/* Returns 0, RUNNER_INTERRUPTED or negative. */
static int measure(struct run *run, const struct options *options)
{
    int r = 0;
    while (r == 0 && run->count < options->class_count) {
        const size_t index = run->count++;
        struct stages *stages = &run->classes[index];
        r = stages_init(stages, &options->classes[index], options->requests);
        if (r == 0)
            r = stages_measure(stages, &run->workload, index, &run->target);
    }
    return r;
}

/* Returns how many classes have been measured; of the others it tells why not. */
static size_t count_measured(const struct run *run)
{
    size_t measured = 0;
    for (size_t i = 0; i < run->count; i++) {
        const struct stages *stages = &run->classes[i];
        measured += stages->good > 0;
        if (stages->sent && !stages->good)
            log_message("a request of class %s failed: %s%s%s", stages->class->name,
                        stages->failure.words, stages->failure.body[0] ? ": " : "",
                        stages->failure.body);
    }
    return measured;
}

static int tell(const struct run *run, const struct options *options, struct output *output)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    json_auto_t *document = stage_report_json(run->classes, run->count, options->base_url);
    for (size_t i = 0; i < run->count; i++) {
        if (run->classes[i].good == 0)
            continue;
        if (text.length)
            buffer_append_text(&text, "\n");
        stage_report_text(&run->classes[i], &text);
    }
    int r = output_deliver_document(&text, document, options->format, output);
    if (r)
        log_message("cannot write the result: %s", strerror(-r));
    return r ? EXIT_FAILED : EXIT_OK;
}

static int measure_and_tell(struct run *run, const struct options *options)
{
    CLEANUP(output_close)
    struct output output;
    if (output_open(&output, options))
        return EXIT_FAILED;
    int code = prepare(run, options);
    if (code)
        return code;
    const int ended = measure(run, options);
    if (ended < 0)
        log_message("the run failed: %s", strerror(-ended));
    const size_t measured = count_measured(run);
    if (measured)
        code = tell(run, options, &output);
    if (ended == RUNNER_INTERRUPTED)
        return EXIT_INTERRUPTED;
    return ended < 0 || measured < options->class_count ? EXIT_FAILED : code;
}

int stages_command(const struct options *options)
{
    struct run *run = calloc(1, sizeof *run);
    if (!run) {
        log_message("%s", strerror(ENOMEM));
        return EXIT_FAILED;
    }
    const int code = measure_and_tell(run, options);
    run_free(run);
    return code;
}
