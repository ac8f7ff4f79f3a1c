/* findings_text.c: see findings_text.h. */
#include "report/findings_text.h"

#include "analysis/percentile.h"
#include "base/clock.h"
#include "report/label.h"
#include "report/ms.h"

#include <stdio.h>

/* What theory's own runs of this length span, for the percentiles that are told. */
static void tell_ranges(const struct cell_findings *found, struct buffer *out)
{
    const char *comma = "";
    for (size_t i = 0; i < OUTLOOK_PERCENTS; i++) {
        const struct replay_range *range = &found->outlook.ranges[i];
        if (!percentile_of(percentile_response(&found->cell->stats), outlook_percents[i]).known)
            continue;
        buffer_append_format(out, "%sp%g %s to %s", comma, outlook_percents[i],
                             ms_text(range->low).text, ms_text(range->high).text);
        comma = ", ";
    }
    buffer_append_text(out, "): run longer.\n");
}

static void tell_agreement(const struct cell_findings *found, struct buffer *out)
{
    const struct outlook *outlook = &found->outlook;
    switch (outlook->verdict) {
    case OUTLOOK_AGREES:
        buffer_append_text(out, ".\n");
        return;
    case OUTLOOK_DISAGREES:
        if (outlook->short_windows)
            buffer_append_format(out, ". Formula and measurement disagree because %s.\n",
                                 outlook_short_windows);
        else
            buffer_append_text(out, ". They disagree, and this run does not show why.\n");
        return;
    case OUTLOOK_CANT_TELL:
        buffer_append_format(out,
                             ". They differ, but one can't tell with %zu large requests, which "
                             "chance spreads as far by theory itself (",
                             outlook->larges);
        tell_ranges(found, out);
        return;
    }
}

static void tell_outlook(const struct cell_findings *cell_found, struct buffer *out)
{
    const struct outlook *outlook = &cell_found->outlook;
    const struct cell *cell = cell_found->cell;
    if (!outlook->known)
        return;
    buffer_append_format(
        out, "%s: a large request holds the loop for %s ms, %s every %s ms: %.0f %% of the time",
        label_of(cell).text, ms_text(outlook->input.hold).text,
        outlook->input.poisson ? "at random, on average" : "one",
        ms_text(outlook->input.period).text, 100 * outlook->predicted.share);
    if (outlook->predicted.overloaded) {
        buffer_append_text(out, ". The large requests alone are more than one loop can do: waits "
                                "grow for as long as the load lasts.\n");
        return;
    }
    buffer_append_format(
        out, "; %s in ms, by the formula, replayed in windows of this length, and measured: ",
        cell->class->name);
    for (size_t i = 0; i < OUTLOOK_PERCENTS; i++)
        buffer_append_format(out, "%sp%g %s, %s, %s", i ? "; " : "", outlook_percents[i],
                             ms_text(outlook_predicted_ms(outlook, i)).text,
                             ms_text(outlook->ranges[i].middle).text,
                             ms_text_response(&cell->stats, outlook_percents[i]).text);
    tell_agreement(cell_found, out);
}

static void tell_stall(const struct cell_findings *found, const struct stall *stall,
                       struct buffer *out)
{
    buffer_append_format(out, "  %s-%06llu: %s ms", found->cell->class->name,
                         (unsigned long long)stall->id, ms_text_ns(stall->response_ns).text);
    if (stall->large)
        buffer_append_format(out, ", %s ms %s %s-%06llu", ms_text_ns(stall->large_ns).text,
                             found->stalls.causal ? "behind" : "beside", stall->large->name,
                             (unsigned long long)stall->large_id);
    if (stall->large && stall->large_hold_ns)
        buffer_append_format(out, " (which the server worked on for %s ms)",
                             ms_text_ns(stall->large_hold_ns).text);
    buffer_append_format(out, ", %s ms unexplained\n",
                         ms_text_ns(stall->excess_ns - stall->blamed_ns).text);
}

static void tell_stalls(const struct cell_findings *found, size_t top, struct buffer *out)
{
    const struct stalls *stalls = &found->stalls;
    if (!stalls->known || stalls->slow == 0)
        return;
    double blamed = 100.0 * (double)stalls->blamed_ns / (double)stalls->excess_ns;
    buffer_append_format(
        out,
        "%s: %llu slow %s requests waited %s ms too long in all; %.0f %% of it %s %.0f %% of the "
        "time); %.0f %% unexplained%s\n",
        label_of(found->cell).text, (unsigned long long)stalls->slow, found->cell->class->name,
        ms_text_ns(stalls->excess_ns).text, blamed,
        stalls->causal ? "while a large request held the one loop (as one did"
                       : "overlaps large requests in flight (as some were",
        100 * stalls->chance, 100 - blamed,
        stalls->causal ? "" : " (overlap, not cause: not known to be one loop)");
    for (size_t i = 0; i < stalls->top_count && i < top; i++)
        tell_stall(found, &stalls->top[i], out);
}

static void tell_affinity(const struct cell_findings *found, struct buffer *out)
{
    const struct affinity *affinity = &found->affinity;
    if (!affinity->known || !affinity->named)
        return;
    double hundred = 100.0 / (double)affinity->count;
    buffer_append_format(
        out,
        "%s: %zu %s; %.1f %% of %s requests shared theirs with a large one in flight, and "
        "%.1f %% were stuck behind it",
        label_of(found->cell).text, affinity->workers,
        affinity->workers == 1 ? "worker" : "workers", (double)affinity->beside * hundred,
        found->cell->class->name, (double)affinity->stuck * hundred);
    if (affinity->beside && affinity->beside < affinity->count)
        buffer_append_format(
            out, "; the median of those that shared was %s ms, of the others %s ms",
            ms_text_ns(affinity->beside_p50_ns).text, ms_text_ns(affinity->others_p50_ns).text);
    buffer_append_text(out, ".\n");
}

void findings_text(const struct findings *findings, bool sums, struct buffer *out)
{
    size_t count = findings->result->cell_count;
    size_t top = findings->result->options->top_stalls;
    for (size_t i = 0; i < count; i++)
        tell_outlook(&findings->cells[i], out);
    for (size_t i = 0; (sums || top) && i < count; i++)
        tell_stalls(&findings->cells[i], top, out);
    for (size_t i = 0; i < count; i++)
        tell_affinity(&findings->cells[i], out);
}

static void append_cost(const struct estimate *found, struct buffer *out)
{
    bool hidden = interval_holds_zero(found);
    if (!found->known)
        buffer_append_text(out, "an unknown time");
    else if (hidden)
        buffer_append_text(out, "no time that is shown");
    else
        buffer_append_format(out, "%.0f us", found->value);
    if (found->known && found->bounded)
        buffer_append_format(out, " (95 %% interval %.0f to %.0f%s)", found->low, found->high,
                             hidden ? " us" : "");
}

void findings_text_costs(const struct findings *findings, struct buffer *out)
{
    for (size_t i = 0; i < findings->cost_count; i++) {
        const struct connection_cost *cost = &findings->costs[i];
        buffer_append_format(out, "%s %s: a new connection for each request adds ",
                             cost->subject->system, cost->subject->endpoint);
        append_cost(&cost->alone_us, out);
        buffer_append_format(out, " to the median of %s requests, and ", cost->fresh->class->name);
        append_cost(&cost->with_us, out);
        buffer_append_text(out, " with large ones running.\n");
    }
}

/* `server` opens the line: "select /ping", or "" when there is but one. */
static void tell_probe(const struct probe_result *result, const char *server, struct buffer *out)
{
    const struct probe_plan *plan = &result->plan;
    if (!plan->wanted)
        return;
    buffer_append_format(
        out,
        "%s%sprobe: GET %s every %.3g s, time-out %.3g s: %llu sent, %llu failed, at most %llu in "
        "a row; the slowest took %.0f ms. An orchestrator (%u failures in a row) would ",
        server, server[0] ? ", " : "", plan->path, (double)plan->period_ns / (double)NS_PER_S,
        (double)plan->timeout_ns / (double)NS_PER_S, (unsigned long long)result->sent,
        (unsigned long long)result->failed, (unsigned long long)result->longest,
        clock_ms(result->slowest_ns), plan->failures);
    if (result->restart)
        buffer_append_format(out, "have restarted the server after %.1f s.\n",
                             (double)result->restarted_ns / (double)NS_PER_S);
    else
        buffer_append_text(out, "not have restarted the server.\n");
}

void findings_text_probes(const struct result *result, struct buffer *out)
{
    tell_probe(&result->probe, "", out);
    for (size_t i = 0; i < result->subject_count; i++) {
        const struct subject *subject = &result->subjects[i];
        char server[OPTIONS_WORD_SIZE + CLASS_PATH_SIZE];
        snprintf(server, sizeof server, "%s %s", subject->label, subject->endpoint);
        tell_probe(&subject->probe, server, out);
    }
}

/* " [401 15, 422 3]", or " [401]" when that is all of them. */
static void append_statuses(const struct class_stats *stats, enum outcome_kind kind,
                            struct buffer *out)
{
    const char *opening = " [";
    for (int status = STATUS_LEAST; status <= STATUS_MOST; status++) {
        uint64_t count = stats->statuses[status - STATUS_LEAST];
        if (count == 0 || outcome_of_status(status) != kind)
            continue;
        buffer_append_format(out, "%s%d", opening, status);
        if (count != stats->errors[kind])
            buffer_append_format(out, " %llu", (unsigned long long)count);
        opening = ", ";
    }
    if (opening[0] == ',')
        buffer_append_text(out, "]");
}

void findings_text_first_errors(const struct result *result, const struct traffic_class *class,
                                size_t most, struct buffer *out)
{
    struct failures told = {.count = 0};
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        for (size_t f = 0; cell->class == class && f < cell->failures.count; f++) {
            const struct failure *failure = &cell->failures.rows[f];
            if (told.count == most || failures_has(&told, failure->kind, failure->status))
                continue;
            failures_add(&told, failure);
            buffer_append_format(out, "The first %s", outcome_name(failure->kind));
            if (failure->status)
                buffer_append_format(out, " %d", failure->status);
            buffer_append_format(out, ", %s: %s%s%s\n", label_of(cell).text, failure->words,
                                 failure->body[0] ? ": " : "", failure->body);
        }
    }
}

void findings_text_errors(const struct class_stats *stats, struct buffer *out)
{
    uint64_t errors = class_stats_errors(stats);
    buffer_append_format(out, "%llu %s", (unsigned long long)errors,
                         errors == 1 ? "error" : "errors");
    const char *opening = " (";
    for (int kind = 0; kind < OUTCOME_KINDS; kind++) {
        if (stats->errors[kind] == 0)
            continue;
        buffer_append_format(out, "%s%s %llu", opening, outcome_name((enum outcome_kind)kind),
                             (unsigned long long)stats->errors[kind]);
        append_statuses(stats, (enum outcome_kind)kind, out);
        opening = ", ";
    }
    if (errors)
        buffer_append_text(out, ")");
}
