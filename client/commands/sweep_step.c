/* sweep_step.c: see sweep_step.h. */
#include "commands/sweep_step.h"

#include <stdio.h>

const char *sweep_outcome_name(enum sweep_outcome outcome)
{
    static const char *const names[] = {[SWEEP_NOT_MEASURED] = "not measured",
                                        [SWEEP_KEPT] = "kept",
                                        [SWEEP_MISSED] = "not kept",
                                        [SWEEP_CANT_TELL] = "can't tell"};
    return names[outcome];
}

/* Whether the metric has an interval; what has none is judged by its value. */
static bool has_interval(enum slo_metric metric)
{
    return metric == SLO_RESPONSE || metric == SLO_INTERFERENCE || metric == SLO_COLLATERAL;
}

static enum sweep_outcome judge_objective(const struct verdict *verdict,
                                          char reason[SWEEP_REASON_SIZE])
{
    const struct slo *slo = verdict->slo;
    const char *unit = slo->metric == SLO_ERRORS         ? " %"
                       : slo->metric == SLO_INTERFERENCE ? " times"
                                                         : " ms";
    bool surely = has_interval(slo->metric) ? verdict->bounded && verdict_meets(slo, verdict->high)
                                            : verdict->passed;
    if (verdict->known && surely)
        return SWEEP_KEPT;
    if ((verdict->known || verdict->at_least) && !verdict_meets(slo, verdict->value)) {
        snprintf(reason, SWEEP_REASON_SIZE, "%.60s was not met (%s%.3g%s)", slo->text,
                 verdict->known ? "" : "at least ", verdict->value, unit);
        return SWEEP_MISSED;
    }
    if (verdict->bounded)
        snprintf(reason, SWEEP_REASON_SIZE, "%.60s: it was %.3g%s, but may be up to %.3g%s",
                 slo->text, verdict->value, unit, verdict->high, unit);
    else if (verdict->at_least)
        snprintf(reason, SWEEP_REASON_SIZE, "%.60s: requests were left without a good reply",
                 slo->text);
    else
        snprintf(reason, SWEEP_REASON_SIZE, "%.60s: too few samples, measure for longer",
                 slo->text);
    return SWEEP_CANT_TELL;
}

/* The first objective, in order, that was missed is the reason; else the first that can't be told.
 */
void sweep_judge(const struct findings *findings, const struct cell_findings *small,
                 const struct cell_findings *large, struct sweep_step *step)
{
    *step = (struct sweep_step){.outcome = SWEEP_KEPT};
    if (!audit_is_good(&small->audit) || !audit_is_good(&large->audit)) {
        step->outcome = SWEEP_CANT_TELL;
        snprintf(step->reason, sizeof step->reason, "the client itself was late");
        return;
    }
    if (large->cell->stats.ok == 0) {
        step->outcome = SWEEP_MISSED;
        snprintf(step->reason, sizeof step->reason, "no large request was answered with success");
    }
    for (size_t i = 0; step->outcome != SWEEP_MISSED && i < findings->verdict_count; i++) {
        char reason[SWEEP_REASON_SIZE];
        if (findings->verdicts[i].cell != small->cell)
            continue;
        enum sweep_outcome outcome = judge_objective(&findings->verdicts[i], reason);
        if (outcome == SWEEP_MISSED || (outcome != SWEEP_KEPT && step->outcome == SWEEP_KEPT)) {
            step->outcome = outcome;
            snprintf(step->reason, sizeof step->reason, "%s", reason);
        }
    }
}

size_t sweep_count_kept(const struct sweep_step *steps, size_t count)
{
    size_t kept = 0;
    while (kept < count && steps[kept].outcome == SWEEP_KEPT)
        kept++;
    return kept;
}

void sweep_tell(const char *mode, const char *endpoint, const char *objectives,
                const char sizes[][OPTIONS_WORD_SIZE], const struct sweep_step *steps, size_t count,
                struct buffer *out)
{
    size_t kept = sweep_count_kept(steps, count);
    enum sweep_outcome next = kept < count ? steps[kept].outcome : SWEEP_NOT_MEASURED;
    buffer_append_format(out, "%s %s: ", mode, endpoint);
    if (kept == 0 && next == SWEEP_NOT_MEASURED)
        buffer_append_text(out, "nothing was measured.\n");
    else if (kept == 0 && next == SWEEP_CANT_TELL)
        buffer_append_format(out,
                             "whether %s is kept can't be told even with bodies of %s: %s. Nothing "
                             "is concluded.\n",
                             objectives, sizes[0], steps[0].reason);
    else if (kept == 0)
        buffer_append_format(out,
                             "%s is not kept even with bodies of %s: %s. No size that was tried is "
                             "safe.\n",
                             objectives, sizes[0], steps[0].reason);
    else if (next == SWEEP_NOT_MEASURED)
        buffer_append_format(out,
                             "%s is kept with every size that was %s; the largest was %s, so a "
                             "body limit of that is safe.\n",
                             objectives, kept < count ? "measured" : "tried", sizes[kept - 1]);
    else
        buffer_append_format(out,
                             "%s is kept up to %s, so a body limit of that is safe; with bodies of "
                             "%s %s%s.\n",
                             objectives, sizes[kept - 1], sizes[kept],
                             next == SWEEP_CANT_TELL ? "it can't be told: " : "",
                             steps[kept].reason);
}
