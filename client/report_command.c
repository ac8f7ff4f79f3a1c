/* report_command.c: see report_command.h. */
#include "report_command.h"

#include "analysis.h"
#include "base/error.h"
#include "base/log.h"
#include "load.h"
#include "report.h"
#include "saved.h"
#include "sentences.h"

#include <stdlib.h>
#include <string.h>

/* Reads a further file into `saved`. Returns 0, SAVED_INVALID or -ENOMEM. */
static int add(struct saved *saved, const char *path, char error[SAVED_ERROR_SIZE])
{
    struct saved *next = calloc(1, sizeof *next);
    if (!next)
        return -ENOMEM;
    int r = saved_read(next, path, error);
    if (r == 0)
        r = saved_merge(saved, next, error);
    saved_deinit(next);
    free(next);
    return r;
}

static int read_all(struct saved *saved, const struct options *options, int argc, char **argv,
                    char error[SAVED_ERROR_SIZE])
{
    int r = saved_read(saved, options->files[0], error);
    for (size_t i = 1; r == 0 && i < options->file_count; i++)
        r = add(saved, options->files[i], error);
    if (r == 0 && options->file_count > 1)
        r = result_set_command(&saved->result, argc, argv);
    if (r == 0)
        r = analysis_run(&saved->result);
    return r ? r : sentences_write(&saved->result);
}

/* The first objective that speaks of nothing in the result, or NULL. */
static const struct slo *idle_slo(const struct options *options, const struct result *result)
{
    for (size_t s = 0; s < options->slo_count; s++) {
        bool concerned = false;
        for (size_t i = 0; !concerned && i < result->cell_count; i++)
            concerned = slo_concerns(&options->slos[s], &result->cells[i]);
        if (!concerned)
            return &options->slos[s];
    }
    return NULL;
}

int report_command(const struct options *options, int argc, char **argv)
{
    char error[SAVED_ERROR_SIZE];
    CLEANUP(output_close)
    struct output output = {.fd = -1};
    CLEANUP(saved_deinit)
    struct saved saved = {0};
    int r = read_all(&saved, options, argc, argv, error);
    if (r) {
        log_message("%s", r < 0 ? strerror(-r) : error);
        return EXIT_FAILED;
    }
    const struct slo *idle = idle_slo(options, &saved.result);
    if (idle) {
        log_message("--slo=%.100s: there is no class %s", idle->text, idle->class);
        return EXIT_USAGE;
    }
    saved.options.format = options->format;
    saved.options.output = options->output;
    saved.options.slo_count = options->slo_count;
    memcpy(saved.options.slos, options->slos, sizeof options->slos);
    if (output_open(&output, options))
        return EXIT_FAILED;
    return report_deliver(&saved.result, &output) ? EXIT_FAILED : analysis_exit_code(&saved.result);
}
