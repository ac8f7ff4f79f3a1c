/*
 * sweep.c: see sweep.h. Each value is a comparison of the systems of its own, with fresh
 * servers. The values of a list and the two ends are measured of all systems in turns; between
 * the ends each system has its own next value.
 */
#include "commands/sweep.h"

#include "analysis/findings.h"
#include "analysis/knee.h"
#include "base/error.h"
#include "base/log.h"
#include "commands/compare.h"
#include "commands/exit_code.h"
#include "commands/sweep_json.h"
#include "plan/secret.h"
#include "report/answer.h"
#include "report/output.h"
#include "report/sweep_text.h"

#include <stdlib.h>
#include <string.h>

struct sweep {
    const struct options *options; /* as given */
    const struct compare_plan *plan;
    struct options *now; /* with the value that is measured */
    struct compare_pair pairs[COMPARE_PAIRS_MOST];
    struct sweep_steps *steps; /* one for each pair */
    struct sweep_subject *subjects;
    size_t count;              /* of the pairs */
    json_t *document;          /* NULL before the first value */
    size_t bodies[CLASS_MOST]; /* of the classes; 0: not known yet */
    bool trustworthy;
};

static void sweep_deinit(struct sweep *sweep)
{
    free(sweep->now);
    free(sweep->steps);
    free(sweep->subjects);
    json_decref(sweep->document);
}

static int sweep_init(struct sweep *sweep, const struct options *options)
{
    sweep->options = options;
    sweep->count = compare_pairs(sweep->plan, sweep->pairs);
    sweep->trustworthy = true;
    sweep->now = malloc(sizeof *sweep->now);
    sweep->steps = calloc(sweep->count, sizeof *sweep->steps);
    sweep->subjects = calloc(sweep->count, sizeof *sweep->subjects);
    if (!sweep->now || !sweep->steps || !sweep->subjects)
        return -ENOMEM;
    *sweep->now = *options;
    for (size_t i = 0; i < sweep->count; i++) {
        struct sweep_subject *subject = &sweep->subjects[i];
        subject->system = sweep->pairs[i].system->label;
        subject->steps = &sweep->steps[i];
        snprintf(subject->endpoint, sizeof subject->endpoint, "%s", sweep->pairs[i].endpoint);
        secret_hide(subject->endpoint, sizeof subject->endpoint);
    }
    return 0;
}

static void set_value(struct sweep *sweep, const struct sweep_value *value)
{
    const struct sweep_plan *plan = &sweep->options->sweep;
    for (size_t i = 0; i < sweep->now->class_count; i++) {
        if (strcmp(sweep->now->classes[i].name, plan->class) == 0)
            sweep_plan_apply(plan, value, &sweep->now->classes[i]);
    }
}

/* Judges what was measured of the pairs from `first` on. */
static int judge(struct sweep *sweep, const struct sweep_value *value, size_t first,
                 const struct result *result)
{
    size_t classes = sweep->options->class_count;
    CLEANUP(findings_deinit)
    struct findings findings = {0};
    int r = findings_make(&findings, result);
    for (size_t i = 0; r == 0 && i < result->cell_count / classes; i++) {
        const struct cell_findings *cells = &findings.cells[i * classes];
        struct sweep_step step = {.value = *value};
        knee_judge(&findings, cells, classes, &step);
        knee_add(&sweep->options->sweep, &step, &sweep->steps[first + i]);
        sweep_json_add_step(sweep->document, sweep->options, cells, &step);
        for (size_t c = 0; c < classes; c++)
            sweep->bodies[c] = cells[c].cell->body_bytes;
    }
    if (r == 0 && !findings.trustworthy)
        sweep->trustworthy = false;
    return r;
}

/*
 * Measures one value of the pairs from `first` on, so many. Returns 0, COMPARISON_FAILED,
 * COMPARISON_INTERRUPTED or a negative errno.
 */
static int measure(struct sweep *sweep, const struct sweep_value *value, size_t first, size_t count,
                   int argc, char **argv)
{
    const struct sweep_plan *plan = &sweep->options->sweep;
    const struct sweep_subject *subject = &sweep->subjects[first];
    char error[OPTIONS_ERROR_SIZE];
    CLEANUP(workload_deinit)
    struct workload workload;
    CLEANUP(comparison_deinit)
    struct comparison comparison = {.count = 0};
    if (!sweep->options->quiet && count < sweep->count)
        log_message("%s.%s=%s, %s %s", plan->class, plan->dimension->key, value->text,
                    subject->system, subject->endpoint);
    else if (!sweep->options->quiet)
        log_message("%s.%s=%s", plan->class, plan->dimension->key, value->text);
    set_value(sweep, value);
    int r = workload_init(&workload, sweep->now, error);
    if (r > 0)
        log_message("%s", error);
    if (r == 0)
        r = compare_init(&comparison, sweep->plan, &sweep->pairs[first], count, &workload, argc,
                         argv);
    if (r == 0)
        r = comparison_measure(&comparison);
    sweep->now->untried = true; /* a later value that is refused is an answer */
    if (!sweep->document && comparison.result.command)
        sweep->document = sweep_json_new(sweep->options, &comparison.result);
    return r ? r : judge(sweep, value, first, &comparison.result);
}

/* Measures the values, and between two ends those that halve what is left. */
static int measure_all(struct sweep *sweep, int argc, char **argv)
{
    const struct sweep_plan *plan = &sweep->options->sweep;
    struct sweep_value next;
    int r = 0;
    for (size_t i = 0; r == 0 && i < plan->count; i++)
        r = measure(sweep, &plan->values[i], 0, sweep->count, argc, argv);
    for (size_t step = plan->count; r == 0 && plan->between && step < plan->steps; step++) {
        for (size_t i = 0; r == 0 && i < sweep->count; i++) {
            if (knee_next(plan, &sweep->steps[i], &next))
                r = measure(sweep, &next, i, 1, argc, argv);
        }
    }
    return r;
}

/* For what load the sentences hold; nothing when nothing was measured. */
static void tell_load(const struct sweep *sweep, struct buffer *out)
{
    const struct options *options = sweep->options;
    if (sweep->steps[0].count == 0)
        return;
    for (size_t i = 0; i < options->class_count; i++) {
        const struct traffic_class *class = &options->classes[i];
        bool varied = strcmp(class->name, options->sweep.class) == 0;
        answer_class(class, sweep->bodies[i],
                     varied ? options->sweep.dimension->part : DIMENSION_NONE, out);
    }
    if (out->length)
        out->length--; /* the blank after the last */
}

/* The answer: the load, the sentences, which the document gets, too, and the table of limits. */
static void conclude(struct sweep *sweep, struct buffer *text)
{
    CLEANUP(buffer_deinit)
    struct buffer load = {0};
    tell_load(sweep, &load);
    sweep_json_set_load(sweep->document, &load);
    buffer_append(text, load.data, load.length);
    buffer_append_text(text, load.length ? "\n\n" : "");
    for (size_t i = 0; i < sweep->count; i++) {
        size_t begin = text->length;
        sweep_text_limit(sweep->options, &sweep->subjects[i], text);
        sweep_json_add_limit(sweep->document, sweep->options, &sweep->subjects[i],
                             text->data + begin, text->length - begin);
        buffer_append_text(text, "\n");
    }
    if (!sweep->trustworthy)
        buffer_append_text(text, "NOT TRUSTWORTHY: the client itself was late or out of ports.\n");
    buffer_append_text(text, "\n");
    sweep_text_limits(&sweep->options->sweep, sweep->subjects, sweep->count, text);
    sweep_json_set_trust(sweep->document, sweep->trustworthy);
}

/* To where -o points; when that does not hold the answer, it is printed, too. */
static int deliver(struct sweep *sweep, struct buffer *text, struct output *output)
{
    const struct options *options = sweep->options;
    if (options->details || options->format == FORMAT_MARKDOWN) {
        buffer_append_text(text, "\n");
        sweep_text_steps(&options->sweep, sweep->subjects, sweep->count, text);
    }
    return output_deliver_document(text, sweep->document, options->format, output);
}

static int run(struct sweep *sweep, struct output *output, int argc, char **argv)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    int r = measure_all(sweep, argc, argv);
    /* What was interrupted before there was anything to tell leaves an older file as it is. */
    bool printed = !output->result.name && !output->page.name;
    bool told = sweep->steps[0].count > 0 || (r == COMPARISON_INTERRUPTED && printed);
    int written = r < 0 ? r : 0;
    if (written == 0 && told) {
        conclude(sweep, &text);
        written = deliver(sweep, &text, output);
    }
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
