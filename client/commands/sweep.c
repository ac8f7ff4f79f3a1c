/*
 * sweep.c: see sweep.h. Each size is a comparison of the modes of its own,
 * with fresh servers.
 */
#include "commands/sweep.h"

#include "analysis/findings.h"
#include "analysis/percentile.h"
#include "base/error.h"
#include "base/log.h"
#include "commands/compare.h"
#include "commands/exit_code.h"
#include "commands/sweep_json.h"
#include "report/answer.h"
#include "report/json_document.h"
#include "report/json_value.h"
#include "report/ms.h"
#include "report/output.h"
#include "report/text_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SMALL, LARGE }; /* the standard classes in the options */

struct sweep {
    const struct options *options; /* as given */
    const struct compare_plan *plan;
    struct compare_pair pairs[COMPARE_PAIRS_MOST];
    struct options *now;      /* with the size that is measured */
    struct sweep_step *steps; /* steps[subject * sizes + size] */
    size_t subjects;
    struct text_table table;
    struct buffer text; /* the table and what is concluded */
    json_t *document;   /* NULL before the first size */
    json_t *rows;       /* of the document, borrowed */
    size_t small_bytes;
    bool trustworthy;
};

static void sweep_deinit(struct sweep *sweep)
{
    free(sweep->now);
    free(sweep->steps);
    text_table_deinit(&sweep->table);
    buffer_deinit(&sweep->text);
    json_decref(sweep->document);
}

static int sweep_init(struct sweep *sweep, const struct options *options)
{
    static const char *const titles[] = {"Large body", "Mode", "Endpoint", "Replies",
                                         "Median",     "p99",  "Longest",  "Objectives"};
    sweep->options = options;
    sweep->subjects = compare_pairs(sweep->plan, sweep->pairs);
    sweep->trustworthy = true;
    sweep->now = malloc(sizeof *sweep->now);
    sweep->steps = calloc(sweep->subjects * options->size_count, sizeof *sweep->steps);
    if (!sweep->now || !sweep->steps)
        return -ENOMEM;
    *sweep->now = *options;
    text_table_init(&sweep->table, ARRAY_LENGTH(titles), sweep->subjects * options->size_count,
                    titles);
    return 0;
}

static void add_row(struct text_table *table, const char *size, const struct cell *small,
                    const struct sweep_step *step)
{
    static const double percents[] = {50, 99};
    const struct histogram *response = &small->stats.response;
    text_table_add(table, "%s", size);
    text_table_add(table, "%s", small->mode);
    text_table_add(table, "%s", small->endpoint);
    text_table_add(table, "%llu", (unsigned long long)response->total);
    for (size_t i = 0; i < ARRAY_LENGTH(percents); i++) {
        struct percentile found = percentile_of(percentile_response(&small->stats), percents[i]);
        text_table_add(table, "%s", ms_text_percentile(&found).text);
    }
    text_table_add(table, "%s", response->total ? ms_text_ns(response->max).text : "-");
    text_table_add(table, "%s", sweep_outcome_name(step->outcome));
}

/* The first size's result tells when and how the sweep was started. */
static void begin_document(struct sweep *sweep, const struct result *result)
{
    const struct options *options = sweep->options;
    if (sweep->document || !result->command)
        return;
    sweep->document = json_document_new(result);
    sweep->rows = json_array();
    json_t *objectives = json_array();
    for (size_t s = 0; s < options->slo_count; s++)
        json_array_append_new(objectives, json_string(options->slos[s].text));
    json_object_set_new(sweep->document, "duration_s", json_value_seconds(options->duration_ns));
    json_object_set_new(sweep->document, "objectives", objectives);
    json_object_set_new(sweep->document, "steps", sweep->rows);
}

/* Measures one size. Returns 0, COMPARISON_FAILED, COMPARISON_INTERRUPTED or a negative errno. */
static int measure_size(struct sweep *sweep, size_t index, int argc, char **argv)
{
    const struct options *options = sweep->options;
    char error[OPTIONS_ERROR_SIZE];
    CLEANUP(workload_deinit)
    struct workload workload;
    CLEANUP(comparison_deinit)
    struct comparison comparison = {.count = 0};
    if (!options->quiet)
        log_message("large bodies of %s", options->sizes[index]);
    sweep->now->classes[LARGE].size = options->size_values[index];
    CLEANUP(findings_deinit)
    struct findings findings = {0};
    int r = workload_init(&workload, sweep->now, error);
    if (r > 0)
        log_message("%s", error);
    if (r == 0)
        r = compare_init(&comparison, sweep->plan, sweep->pairs, sweep->subjects, &workload, argc,
                         argv);
    if (r == 0)
        r = comparison_measure(&comparison);
    sweep->now->untried = true; /* a later size that is refused is an answer */
    begin_document(sweep, &comparison.result);
    if (r == 0)
        r = findings_make(&findings, &comparison.result);
    for (size_t i = 0; r == 0 && i < sweep->subjects; i++) {
        const struct cell_findings *found = &findings.cells[i * options->class_count];
        struct sweep_step *step = &sweep->steps[i * options->size_count + index];
        sweep_judge(&findings, &found[SMALL], &found[LARGE], step);
        sweep->small_bytes = found[SMALL].cell->body_bytes;
        add_row(&sweep->table, options->sizes[index], found[SMALL].cell, step);
        json_array_append_new(sweep->rows, sweep_json_step(options->sizes[index], &found[SMALL],
                                                           &found[LARGE], step));
    }
    if (r == 0 && !findings.trustworthy)
        sweep->trustworthy = false;
    return r;
}

/* "small:p99<50ms and errors<1%" */
static void name_objectives(const struct options *options, struct buffer *out)
{
    for (size_t s = 0; s < options->slo_count; s++)
        buffer_append_format(out, "%s%s", s ? " and " : "", options->slos[s].text);
    buffer_append(out, "", 1);
}

/* For what load the sentences hold; not said when nothing was measured. */
static void tell_load(struct sweep *sweep)
{
    size_t begin = sweep->text.length;
    if (sweep->small_bytes) {
        answer_class(&sweep->options->classes[SMALL], &sweep->small_bytes, &sweep->text);
        answer_class(&sweep->options->classes[LARGE], NULL, &sweep->text);
        sweep->text.length--; /* the blank after the last */
    }
    size_t length = sweep->text.length - begin;
    json_object_set_new(sweep->document, "load",
                        length ? json_stringn(sweep->text.data + begin, length) : json_null());
    if (length)
        buffer_append_text(&sweep->text, "\n\n");
}

/* The sentences, above the table and in the document. */
static int conclude(struct sweep *sweep)
{
    const struct options *options = sweep->options;
    CLEANUP(buffer_deinit)
    struct buffer objectives = {0};
    json_t *limits = json_array();
    name_objectives(options, &objectives);
    tell_load(sweep);
    for (size_t i = 0; objectives.error == 0 && i < sweep->subjects; i++) {
        const struct sweep_step *steps = &sweep->steps[i * options->size_count];
        const char *mode = sweep->pairs[i].system->label;
        const char *endpoint = sweep->pairs[i].endpoint;
        size_t kept = sweep_count_kept(steps, options->size_count);
        size_t begin = sweep->text.length;
        sweep_tell(mode, endpoint, objectives.data, options->sizes, steps, options->size_count,
                   &sweep->text);
        json_array_append_new(
            limits, sweep_json_limit(mode, endpoint, kept ? options->sizes[kept - 1] : NULL,
                                     sweep->text.data + begin, sweep->text.length - begin - 1));
    }
    if (!sweep->trustworthy)
        buffer_append_text(&sweep->text, "NOT TRUSTWORTHY: the client itself was late.\n");
    buffer_append_text(&sweep->text, "\nSmall requests with large ones running, their response "
                                     "times in ms:\n\n");
    text_table_tell(&sweep->table, &sweep->text);
    json_object_set_new(sweep->document, "limits", limits);
    json_object_set_new(sweep->document, "trustworthy", json_boolean(sweep->trustworthy));
    return objectives.error ? objectives.error : sweep->text.error;
}

/* To where -o points; when that does not hold the table, it is printed, too. */
static int deliver(struct sweep *sweep, struct output *output)
{
    CLEANUP(buffer_deinit)
    struct buffer document = {0};
    struct output standard = {.fd = STDOUT_FILENO};
    if (sweep->options->format == FORMAT_TEXT)
        return output_write_wrapped(output, &sweep->text);
    if (sweep->options->format == FORMAT_MARKDOWN)
        return output_write(output, &sweep->text);
    json_document_write(json_incref(sweep->document), &document);
    int r = document.error ? document.error : output_write(output, &document);
    return r || !output->name ? r : output_write_wrapped(&standard, &sweep->text);
}

static int run(struct sweep *sweep, struct output *output, int argc, char **argv)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < sweep->options->size_count; i++)
        r = measure_size(sweep, i, argc, argv);
    bool told = json_array_size(sweep->rows) > 0 || r == COMPARISON_INTERRUPTED;
    int written = r < 0 ? r : 0;
    if (written == 0 && told)
        written = conclude(sweep);
    if (written == 0 && told)
        written = deliver(sweep, output);
    if (written < 0)
        log_message("the sweep failed: %s", strerror(-written));
    if (r == COMPARISON_INTERRUPTED)
        return EXIT_INTERRUPTED;
    if (r || written)
        return EXIT_FAILED;
    return sweep->trustworthy ? EXIT_OK : EXIT_UNTRUSTWORTHY;
}

int sweep_command(const struct options *options, int argc, char **argv)
{
    CLEANUP(compare_plan_deinit)
    struct compare_plan plan = {.server = ""};
    int code = compare_plan_init(&plan, options);
    if (code)
        return code;
    CLEANUP(output_close)
    struct output output;
    if (output_open(&output, options))
        return EXIT_FAILED;
    struct sweep sweep = {.plan = &plan};
    int r = sweep_init(&sweep, options);
    code = EXIT_FAILED;
    if (r)
        log_message("%s", strerror(-r));
    else
        code = run(&sweep, &output, argc, argv);
    sweep_deinit(&sweep);
    return code;
}
