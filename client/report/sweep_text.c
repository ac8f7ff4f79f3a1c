/* sweep_text.c: see sweep_text.h. */
#include "report/sweep_text.h"

#include "base/error.h"
#include "report/ms.h"
#include "report/text_table.h"

#include <stdio.h>
#include <string.h>

const char *sweep_text_outcome(enum sweep_outcome outcome)
{
    static const char *const names[] = {
        [SWEEP_KEPT] = "kept", [SWEEP_CANT_TELL] = "can't tell", [SWEEP_MISSED] = "not kept"};
    return names[outcome];
}

static const char *unit_of(const struct slo *slo)
{
    return slo->metric == SLO_ERRORS ? " %" : slo->metric == SLO_INTERFERENCE ? " times" : " ms";
}

struct sweep_reason sweep_text_reason(const struct sweep_step *step)
{
    struct sweep_reason out = {""};
    const struct verdict *verdict = &step->verdict;
    const char *objective = verdict->slo ? verdict->slo->text : "no objective was judged";
    const char *unit = verdict->slo ? unit_of(verdict->slo) : "";
    switch (step->cause) {
    case SWEEP_NO_CAUSE:
        break;
    case SWEEP_OBJECTIVE:
        snprintf(out.text, sizeof out.text, "%.60s was not met (%s%.3g%s)", objective,
                 verdict->known ? "" : "at least ", verdict->value, unit);
        break;
    case SWEEP_NOT_ANSWERED:
        snprintf(out.text, sizeof out.text, "no large request was answered with success");
        break;
    case SWEEP_UNDECIDED:
        snprintf(out.text, sizeof out.text, "%.60s: it was %.3g%s, but may be up to %.3g%s",
                 objective, verdict->value, unit, verdict->high, unit);
        break;
    case SWEEP_UNANSWERED:
        snprintf(out.text, sizeof out.text, "%.60s: requests were left without a good reply",
                 objective);
        break;
    case SWEEP_FEW:
        snprintf(out.text, sizeof out.text, "%.60s: too few samples, measure for longer",
                 objective);
        break;
    case SWEEP_NONE_SENT:
        snprintf(out.text, sizeof out.text,
                 "no large request fell into the windows, measure for longer");
        break;
    case SWEEP_LATE:
        snprintf(out.text, sizeof out.text, "the client itself was late or out of ports");
        break;
    }
    return out;
}

/* --- the sentence ---------------------------------------------------------- */

/* "small:p99<50ms and errors<1%" */
static void append_objectives(const struct options *options, struct buffer *out)
{
    for (size_t s = 0; s < options->slo_count; s++)
        buffer_append_format(out, "%s%s", s ? " and " : "", options->slos[s].text);
}

/* "with bodies of 5MB" */
static void append_with(const struct dimension *dimension, const struct sweep_step *step,
                        struct buffer *out)
{
    buffer_append_format(out, "with %s%s%s", dimension->before, step->value.text, dimension->after);
}

/* How near to each other the two values are between which the limit lies. */
static void append_precision(const struct sweep_plan *plan, const struct knee *knee,
                             struct buffer *out)
{
    double apart = sweep_plan_apart(&knee->kept->value, &knee->next->value);
    if (apart < 1)
        buffer_append_format(out, " The two are %.*f %% apart.", apart < 0.1 ? 1 : 0, apart * 100);
    else
        buffer_append_format(out, " The two are a factor of %.*f apart.", apart < 10 ? 1 : 0,
                             apart + 1);
    if (knee_is_void(knee->next))
        buffer_append_text(out, " The search ended there.");
    else if (apart > plan->precision && !plan->dimension->whole)
        buffer_append_text(out, " More --steps would bring them closer.");
}

void sweep_text_limit(const struct options *options, const struct sweep_subject *subject,
                      struct buffer *out)
{
    const struct sweep_plan *plan = &options->sweep;
    const struct dimension *dimension = plan->dimension;
    struct knee knee = knee_of(subject->steps);
    struct sweep_reason reason = {""};
    const char *untold = "";
    if (knee.next) {
        reason = sweep_text_reason(knee.next);
        untold = knee.next->outcome == SWEEP_CANT_TELL ? "it can't be told: " : "";
    }
    buffer_append_format(out, "%s %s: ", subject->system, subject->endpoint);
    if (knee.kind == KNEE_CANT_TELL)
        buffer_append_text(out, "whether ");
    if (knee.kind != KNEE_NOT_MEASURED)
        append_objectives(options, out);
    switch (knee.kind) {
    case KNEE_NOT_MEASURED:
        buffer_append_text(out, "nothing was measured.");
        break;
    case KNEE_CANT_TELL:
        buffer_append_text(out, " is kept can't be told even ");
        append_with(dimension, knee.next, out);
        buffer_append_format(out, ": %s. Nothing is concluded.", reason.text);
        break;
    case KNEE_NONE:
        buffer_append_text(out, " is not kept even ");
        append_with(dimension, knee.next, out);
        buffer_append_format(out, ": %s. No %s that was tried is safe.", reason.text,
                             dimension->noun);
        break;
    case KNEE_ALL:
        buffer_append_format(out, " is kept with every %s that was tried; the %s was %s%s%s.",
                             dimension->noun, dimension->most, knee.kept->value.text,
                             dimension->after, dimension->safe);
        break;
    case KNEE_FOUND:
        buffer_append_format(out, " is kept %s to %s%s%s; ", dimension->up, knee.kept->value.text,
                             dimension->after, dimension->safe);
        append_with(dimension, knee.next, out);
        buffer_append_format(out, " %s%s.", untold, reason.text);
        if (plan->between && knee.next)
            append_precision(plan, &knee, out);
        break;
    case KNEE_NOT_SHOWN:
        buffer_append_text(out, " was not kept ");
        append_with(dimension, knee.next, out);
        buffer_append_format(out, " (%s), but was ", reason.text);
        append_with(dimension, knee.passed, out);
        buffer_append_text(out, ": the limit is not shown. Measure for longer.");
        break;
    }
}

/* --- the tables ------------------------------------------------------------ */

/* What decided: "p99 98.4 (<= 110)". */
static void add_evidence(struct text_table *table, const struct sweep_step *step)
{
    static const char *const causes[] = {[SWEEP_NOT_ANSWERED] = "no large reply",
                                         [SWEEP_FEW] = "too few samples",
                                         [SWEEP_NONE_SENT] = "no large sent",
                                         [SWEEP_LATE] = "client failed"};
    const char *cause = step ? causes[step->cause] : "-";
    if (cause) {
        text_table_add(table, "%s", cause);
        return;
    }
    const struct verdict *verdict = &step->verdict;
    const struct slo *slo = verdict->slo;
    const char *metric = slo->text + (slo->class[0] ? strlen(slo->class) + 1 : 0);
    char high[40] = "";
    if (verdict->bounded)
        snprintf(high, sizeof high, " (<= %.3g)", verdict->high);
    text_table_add(table, "%.*s %s%.3g%s%s", (int)strcspn(metric, "<"), metric,
                   verdict->at_least ? ">= " : "", verdict->value,
                   slo->metric == SLO_ERRORS ? " %" : "", high);
}

void sweep_text_limits(const struct sweep_plan *plan, const struct sweep_subject *subjects,
                       size_t count, struct buffer *out)
{
    static const char *const kinds[] = {[KNEE_NOT_MEASURED] = "-",
                                        [KNEE_CANT_TELL] = "can't tell",
                                        [KNEE_NONE] = "none",
                                        [KNEE_NOT_SHOWN] = "not shown"};
    char kept[24];
    const char *const titles[] = {"System", kept, "What decided", "Next", "What decided"};
    struct text_table table;
    snprintf(kept, sizeof kept, "Kept %s to", plan->dimension->up);
    text_table_init(&table, ARRAY_LENGTH(titles), count, titles);
    for (size_t i = 0; i < count; i++) {
        struct knee knee = knee_of(subjects[i].steps);
        text_table_add(&table, "%s %s", subjects[i].system, subjects[i].endpoint);
        text_table_add(&table, "%s", knee.kept ? knee.kept->value.text : kinds[knee.kind]);
        add_evidence(&table, knee.kept);
        text_table_add(&table, "%s", knee.next ? knee.next->value.text : "-");
        add_evidence(&table, knee.next);
    }
    buffer_append_format(out, "%s.%s; times in ms, (<=) the upper end of a 95 %% interval:\n\n",
                         plan->class, plan->dimension->key);
    text_table_tell(&table, out);
    text_table_deinit(&table);
}

static void add_step(struct text_table *table, const struct sweep_subject *subject,
                     const struct sweep_step *step)
{
    text_table_add(table, "%s", step->value.text);
    text_table_add(table, "%s", subject->system);
    text_table_add(table, "%s", subject->endpoint);
    text_table_add(table, "%llu", (unsigned long long)step->replies);
    text_table_add(table, "%s", ms_text_percentile(&step->median).text);
    text_table_add(table, "%s", ms_text_percentile(&step->p99).text);
    text_table_add(table, "%s", step->longest_ns ? ms_text_ns(step->longest_ns).text : "-");
    text_table_add(table, "%s", sweep_text_outcome(step->outcome));
}

void sweep_text_steps(const struct sweep_plan *plan, const struct sweep_subject *subjects,
                      size_t count, struct buffer *out)
{
    char what[CLASS_NAME_SIZE + 16];
    const char *const titles[] = {what,     "Mode", "Endpoint", "Replies",
                                  "Median", "p99",  "Longest",  "Objectives"};
    struct text_table table;
    size_t rows = 0;
    for (size_t i = 0; i < count; i++)
        rows += subjects[i].steps->count;
    snprintf(what, sizeof what, "%s.%s", plan->class, plan->dimension->key);
    text_table_init(&table, ARRAY_LENGTH(titles), rows, titles);
    for (size_t i = 0; i < count; i++) {
        for (size_t s = 0; s < subjects[i].steps->count; s++)
            add_step(&table, &subjects[i], &subjects[i].steps->rows[s]);
    }
    buffer_append_text(out, "Response times in ms, with large requests running:\n\n");
    text_table_tell(&table, out);
    text_table_deinit(&table);
}
