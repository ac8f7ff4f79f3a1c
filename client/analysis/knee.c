/* knee.c: see knee.h. */
#include "analysis/knee.h"

/* Whether the metric has an interval; what has none is judged by its value. */
static bool has_interval(enum slo_metric metric)
{
    return metric == SLO_RESPONSE || metric == SLO_INTERFERENCE || metric == SLO_COLLATERAL;
}

/* The end that an objective is judged by. */
static double end_of(const struct verdict *verdict)
{
    return verdict->bounded ? verdict->high : verdict->value;
}

static enum sweep_cause judge_verdict(const struct verdict *verdict)
{
    const struct slo *slo = verdict->slo;
    bool surely = has_interval(slo->metric) ? verdict->bounded && verdict_meets(slo, verdict->high)
                                            : verdict->passed;
    if (verdict->known && surely)
        return SWEEP_NO_CAUSE;
    if ((verdict->known || verdict->at_least) && !verdict_meets(slo, verdict->value))
        return SWEEP_OBJECTIVE;
    return verdict->bounded ? SWEEP_UNDECIDED : verdict->at_least ? SWEEP_UNANSWERED : SWEEP_FEW;
}

static enum sweep_outcome outcome_of(enum sweep_cause cause)
{
    if (cause == SWEEP_NO_CAUSE)
        return SWEEP_KEPT;
    return cause == SWEEP_OBJECTIVE || cause == SWEEP_NOT_ANSWERED ? SWEEP_MISSED : SWEEP_CANT_TELL;
}

/* Whether `verdict` decides rather than the one before: a worse outcome, or kept less easily. */
static bool decides(const struct sweep_step *step, const struct verdict *verdict,
                    enum sweep_outcome outcome)
{
    const struct verdict *before = &step->verdict;
    if (!before->slo || outcome != step->outcome)
        return !before->slo || outcome > step->outcome;
    return outcome == SWEEP_KEPT &&
           end_of(verdict) * before->slo->limit > end_of(before) * verdict->slo->limit;
}

bool knee_judges(const struct verdict *verdict, const struct cell_findings *cells, size_t count)
{
    bool here = false;
    bool all_heavy = true;
    for (size_t i = 0; i < count; i++) {
        here |= verdict->cell == cells[i].cell;
        all_heavy &= cells[i].cell->heavy;
    }
    return here && (verdict->slo->class[0] || !verdict->cell->heavy || all_heavy);
}

static void show(struct sweep_step *step, const struct class_stats *stats)
{
    step->replies = stats->response.total;
    step->median = percentile_of(percentile_response(stats), 50);
    step->p99 = percentile_of(percentile_response(stats), 99);
    step->longest_ns = step->replies ? stats->response.max : 0;
}

void knee_judge(const struct findings *findings, const struct cell_findings *cells, size_t count,
                struct sweep_step *step)
{
    step->outcome = SWEEP_KEPT;
    step->cause = SWEEP_NO_CAUSE;
    step->verdict = (struct verdict){.slo = NULL};
    for (size_t i = 0; i < findings->verdict_count; i++) {
        const struct verdict *verdict = &findings->verdicts[i];
        if (!knee_judges(verdict, cells, count))
            continue;
        enum sweep_cause cause = judge_verdict(verdict);
        if (!step->verdict.slo)
            show(step, &verdict->cell->stats);
        if (!decides(step, verdict, outcome_of(cause)))
            continue;
        step->verdict = *verdict;
        step->verdict.cell = NULL;
        step->cause = cause;
        step->outcome = outcome_of(cause);
    }
    if (!step->verdict.slo)
        step->cause = SWEEP_FEW;
    for (size_t i = 0; i < count && step->cause != SWEEP_LATE; i++) {
        if (!audit_is_good(&cells[i].audit))
            step->cause = SWEEP_LATE;
        else if (cells[i].cell->heavy && cells[i].cell->stats.ok == 0)
            step->cause = cells[i].cell->stats.planned ? SWEEP_NOT_ANSWERED : SWEEP_NONE_SENT;
    }
    step->outcome = outcome_of(step->cause);
}

void knee_add(const struct sweep_plan *plan, const struct sweep_step *step,
              struct sweep_steps *steps)
{
    size_t at = steps->count++;
    for (; at > 0 && sweep_plan_is_more(plan, &steps->rows[at - 1].value, &step->value); at--)
        steps->rows[at] = steps->rows[at - 1];
    steps->rows[at] = *step;
}

/* The first step from `from` on with that outcome, or NULL. */
static const struct sweep_step *first(const struct sweep_steps *steps, size_t from,
                                      enum sweep_outcome outcome)
{
    for (size_t i = from; i < steps->count; i++) {
        if (steps->rows[i].outcome == outcome)
            return &steps->rows[i];
    }
    return NULL;
}

struct knee knee_of(const struct sweep_steps *steps)
{
    const struct sweep_step *missed = first(steps, 0, SWEEP_MISSED);
    size_t after = missed ? (size_t)(missed - steps->rows) + 1 : steps->count;
    const struct sweep_step *passed = first(steps, after, SWEEP_KEPT);
    size_t kept = 0;
    while (kept < steps->count && steps->rows[kept].outcome == SWEEP_KEPT)
        kept++;
    if (steps->count == 0)
        return (struct knee){.kind = KNEE_NOT_MEASURED};
    if (passed)
        return (struct knee){.kind = KNEE_NOT_SHOWN, .next = missed, .passed = passed};
    if (kept == steps->count)
        return (struct knee){.kind = KNEE_ALL, .kept = &steps->rows[kept - 1]};
    if (kept)
        return (struct knee){
            .kind = KNEE_FOUND, .kept = &steps->rows[kept - 1], .next = &steps->rows[kept]};
    return (struct knee){.kind = missed == steps->rows ? KNEE_NONE : KNEE_CANT_TELL,
                         .next = steps->rows};
}

bool knee_is_void(const struct sweep_step *step)
{
    return step->cause == SWEEP_LATE || step->cause == SWEEP_FEW || step->cause == SWEEP_NONE_SENT;
}

bool knee_next(const struct sweep_plan *plan, const struct sweep_steps *steps,
               struct sweep_value *value)
{
    struct knee knee = knee_of(steps);
    if (!plan->between || knee.kind != KNEE_FOUND || steps->count >= plan->steps)
        return false;
    if (knee_is_void(knee.next))
        return false;
    return sweep_plan_apart(&knee.kept->value, &knee.next->value) > plan->precision &&
           sweep_plan_middle(plan, &knee.kept->value, &knee.next->value, value);
}
