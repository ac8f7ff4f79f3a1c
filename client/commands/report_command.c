/* report_command.c: see report_command.h. */
#include "commands/report_command.h"

#include "analysis/findings.h"
#include "base/error.h"
#include "base/log.h"
#include "commands/exit_code.h"
#include "report/output.h"
#include "report/saved.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A file that is named twice would count twice. Returns 0 or SAVED_TWICE. */
static int check_files(const struct options *options, char error[SAVED_ERROR_SIZE])
{
    struct stat about[OPTIONS_FILES_MOST];
    bool there[OPTIONS_FILES_MOST];
    for (size_t i = 0; i < options->file_count; i++) {
        there[i] = stat(options->files[i], &about[i]) == 0;
        for (size_t j = 0; there[i] && j < i; j++) {
            if (!there[j] || about[j].st_dev != about[i].st_dev ||
                about[j].st_ino != about[i].st_ino)
                continue;
            snprintf(error, SAVED_ERROR_SIZE, "%.200s and %.200s are one file: name it once",
                     options->files[j], options->files[i]);
            return SAVED_TWICE;
        }
    }
    return 0;
}

/*
 * Adds a file to `saved`, which is empty before the first. Returns 0, SAVED_INVALID, SAVED_TWICE or
 * -ENOMEM; *unread tells a file that is no result from one that does not fit to the others.
 */
static int add(struct saved *saved, const char *path, bool *unread, char error[SAVED_ERROR_SIZE])
{
    bool first = saved->result.cell_count == 0;
    struct saved *next = first ? saved : calloc(1, sizeof *next);
    if (!next)
        return -ENOMEM;
    int r = saved_read(next, path, error);
    *unread = r == SAVED_INVALID;
    if (first)
        return r;
    if (r == 0)
        r = saved_merge(saved, next, error);
    if (r == SAVED_TWICE)
        snprintf(error, SAVED_ERROR_SIZE,
                 "%.300s holds requests that a file before it holds, too, and would count twice: "
                 "leave out one of the two",
                 path);
    saved_deinit(next);
    free(next);
    return r;
}

/* Those that are missing with --partial. */
struct missing {
    char reasons[OPTIONS_FILES_MOST][RESULT_PART_NAME]; /* of each file; "" where it was read */
    size_t count;
};

static int note_missing(struct saved *saved, const struct options *options,
                        const struct missing *missing)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < options->file_count; i++) {
        if (missing->reasons[i][0])
            r = saved_add_missing(saved, options->files[i], missing->reasons[i]);
    }
    return r;
}

static int read_all(struct saved *saved, const struct options *options, struct missing *missing,
                    int argc, char **argv, char error[SAVED_ERROR_SIZE])
{
    bool unread = false;
    int r = check_files(options, error);
    for (size_t i = 0; r == 0 && i < options->file_count; i++) {
        r = add(saved, options->files[i], &unread, error);
        if (r == 0 || !unread || !options->partial)
            continue;
        log_message("%s", error);
        int path = snprintf(NULL, 0, "cannot read %.200s: ", options->files[i]);
        snprintf(missing->reasons[i], RESULT_PART_NAME, "%.127s", error + path);
        missing->count++;
        r = missing->count == options->file_count ? SAVED_INVALID : 0;
    }
    if (r == 0)
        r = note_missing(saved, options, missing);
    if (r == 0 && options->file_count > 1)
        r = result_set_command(&saved->result, argc, argv);
    return r;
}

/* The first objective that speaks of nothing in the result, or NULL. */
static const struct slo *idle_slo(const struct options *options, const struct result *result)
{
    for (size_t s = 0; s < options->slo_count; s++) {
        bool concerned = false;
        for (size_t i = 0; !concerned && i < result->cell_count; i++)
            concerned = verdict_concerns(&options->slos[s], &result->cells[i]);
        if (!concerned)
            return &options->slos[s];
    }
    return NULL;
}

int report_command(const struct options *options, int argc, char **argv)
{
    char error[SAVED_ERROR_SIZE];
    CLEANUP(output_close)
    struct output output = {.result = {.fd = -1}, .page = {.fd = -1}};
    CLEANUP(saved_deinit)
    struct saved saved = {0};
    struct missing missing = {.count = 0};
    int r = read_all(&saved, options, &missing, argc, argv, error);
    if (r) {
        log_message("%s", r < 0 ? strerror(-r) : error);
        return r == SAVED_TWICE ? EXIT_USAGE : EXIT_FAILED;
    }
    const struct slo *idle = idle_slo(options, &saved.result);
    if (idle) {
        log_message("--slo=%.100s: there is no class %s", idle->text, idle->class);
        return EXIT_USAGE;
    }
    saved.options.format = options->format;
    saved.options.output = options->output;
    saved.options.details = options->details;
    saved.options.slo_count = options->slo_count;
    memcpy(saved.options.slos, options->slos, sizeof options->slos);
    CLEANUP(findings_deinit)
    struct findings findings = {0};
    if (output_open(&output, options))
        return EXIT_FAILED;
    r = saved_conclude(&saved, &findings);
    if (r)
        log_message("%s", strerror(-r));
    return r || output_deliver(&findings, &output) || missing.count ? EXIT_FAILED
                                                                    : exit_code_of(&findings);
}
