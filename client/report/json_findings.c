/* json_findings.c: see json_findings.h. */
#include "report/json_findings.h"

#include "analysis/percentile.h"
#include "base/clock.h"
#include "base/error.h"
#include "report/json_value.h"

#include <stdio.h>

enum { KEY_SIZE = 32 };

void json_findings_set_percentile(json_t *object, const struct percentile_source *source,
                                  double percent)
{
    char key[KEY_SIZE];
    struct percentile found = percentile_of(*source, percent);
    snprintf(key, sizeof key, "p%g", percent);
    json_object_set_new(object, key, found.known ? json_value_ms(found.ns) : json_null());
    snprintf(key, sizeof key, "p%g_ci", percent);
    json_object_set_new(object, key,
                        found.bounded
                            ? json_value_pair(json_value_ms(found.low), json_value_ms(found.high))
                            : json_null());
    snprintf(key, sizeof key, "p%g_at_least", percent);
    if (found.at_least)
        json_object_set_new(object, key, json_value_ms(found.ns));
}

json_t *json_findings_figures(struct percentile_source source)
{
    const struct histogram *replies = source.replies;
    json_t *object = json_object();
    bool some = replies->total > 0;
    json_object_set_new(object, "min", some ? json_value_ms(replies->min) : json_null());
    json_findings_set_percentile(object, &source, 50);
    json_object_set_new(object, "mean",
                        some ? json_value_real(histogram_mean(replies) / (double)NS_PER_MS)
                             : json_null());
    json_findings_set_percentile(object, &source, 90);
    json_findings_set_percentile(object, &source, 95);
    json_findings_set_percentile(object, &source, 99);
    json_findings_set_percentile(object, &source, 99.9);
    json_object_set_new(object, "max", some ? json_value_ms(replies->max) : json_null());
    return object;
}

static json_t *value_json(const struct estimate *estimate)
{
    bool told = estimate->known && !estimate->at_least;
    return told ? json_value_real(estimate->value) : json_null();
}

static json_t *interval_json(const struct estimate *estimate)
{
    if (!estimate->bounded)
        return json_null();
    return json_value_pair(json_value_real(estimate->low), json_value_real(estimate->high));
}

void json_findings_set_interference(json_t *object, const struct cell_findings *cell_found)
{
    const struct interference *found = &cell_found->interference;
    if (!cell_found->cell->has_baseline) {
        json_object_set_new(object, "interference", json_null());
        return;
    }
    json_t *values = json_object();
    json_t *least = json_object();
    json_t *intervals = json_object();
    for (int i = 0; i < INTERFERENCE_PERCENTS; i++) {
        const struct estimate *ratio = &found->ratios[i];
        char key[KEY_SIZE];
        snprintf(key, sizeof key, "p%g", interference_percents[i]);
        json_object_set_new(values, key, value_json(ratio));
        json_object_set_new(intervals, key, interval_json(ratio));
        if (ratio->at_least)
            json_object_set_new(least, key, json_value_real(ratio->value));
    }
    json_object_set_new(object, "interference", values);
    json_object_set_new(object, "interference_at_least", least);
    json_object_set_new(object, "interference_ci", intervals);
    json_object_set_new(object, "collateral_ms_per_large", value_json(&found->collateral_ms));
    json_object_set_new(object, "collateral_ms_per_large_ci", interval_json(&found->collateral_ms));
}

json_t *json_findings_audit(const struct audit *audit)
{
    uint64_t unsent = audit->planned > audit->sent ? audit->planned - audit->sent : 0;
    json_t *object =
        json_pack("{s:b, s:I, s:I, s:I, s:o, s:b, s:b}", "trustworthy", audit_is_good(audit),
                  "planned", (json_int_t)audit->planned, "sent", (json_int_t)audit->sent, "unsent",
                  (json_int_t)unsent, "send_lag_p99_ms", json_value_real(audit->lag_p99_ms), "late",
                  audit->late, "too_many_unsent", false);
    json_object_set_new(object, "over_share", json_boolean(audit->over_share));
    json_object_set_new(object, "read_lag_p99_ms", json_value_real(audit->read_p99_ms));
    json_object_set_new(object, "machine_lag_p99_ms", json_value_real(audit->machine_p99_ms));
    json_object_set_new(object, "send_lag_allowed_ms", json_value_real(audit->allowed_ms));
    json_object_set_new(object, "threads", json_integer((json_int_t)audit->threads));
    json_object_set_new(object, "thread_busy_share", json_value_real(audit->busy_share));
    json_object_set_new(object, "thread_waits", json_integer((json_int_t)audit->waits));
    json_object_set_new(object, "longest_thread_wait_ms", json_value_exact(audit->wait_longest_ms));
    return object;
}

/* Neither a verdict nor ranges where waits grow for as long as the load lasts. */
static void set_ranges(json_t *object, const struct outlook *outlook)
{
    static const char *const keys[OUTLOOK_PERCENTS] = {"p50", "p90", "p99"};
    bool none = outlook->predicted.overloaded;
    json_t *ranges = json_object();
    json_t *middles = json_object();
    for (size_t i = 0; i < OUTLOOK_PERCENTS; i++) {
        const struct replay_range *range = &outlook->ranges[i];
        json_object_set_new(
            ranges, keys[i],
            none ? json_null()
                 : json_value_pair(json_value_exact(range->low), json_value_exact(range->high)));
        json_object_set_new(middles, keys[i], none ? json_null() : json_value_exact(range->middle));
    }
    json_object_set_new(object, "replay_ms", middles);
    json_object_set_new(object, "run_range_ms", ranges);
    json_object_set_new(object, "verdict",
                        none ? json_null() : json_string(outlook_verdict_name(outlook->verdict)));
}

json_t *json_findings_prediction(const struct outlook *outlook)
{
    const struct prediction *p = &outlook->predicted;
    if (!outlook->known)
        return json_null();
    json_t *object =
        json_pack("{s:o, s:b, s:o, s:b, s:o, s:b, s:I}", "loop_hold_ms",
                  json_value_exact(outlook->input.hold), "hold_told", outlook->told, "period_ms",
                  json_value_exact(outlook->input.period), "at_random", outlook->input.poisson,
                  "share_held", json_value_exact(p->share), "overloaded", p->overloaded,
                  "large_requests", (json_int_t)outlook->larges);
    const struct {
        const char *key;
        double value;
    } rows[] = {{"p50", p->p50}, {"mean", p->mean}, {"p90", p->p90}, {"p99", p->p99}};
    json_t *response = json_object();
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        json_object_set_new(response, rows[i].key,
                            p->overloaded ? json_null() : json_value_exact(rows[i].value));
    json_object_set_new(object, "response_ms", response);
    json_object_set_new(object, "disagreement",
                        outlook->short_windows ? json_string(outlook_short_windows) : json_null());
    set_ranges(object, outlook);
    return object;
}

static json_t *stall_json(const struct cell *cell, const struct stall *stall)
{
    char id[CLASS_NAME_SIZE + 24];
    char large[CLASS_NAME_SIZE + 24] = "";
    snprintf(id, sizeof id, "%s-%06llu", cell->class->name, (unsigned long long)stall->id);
    if (stall->large)
        snprintf(large, sizeof large, "%s-%06llu", stall->large->name,
                 (unsigned long long)stall->large_id);
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "id", id, "response_ms",
        json_value_exact_ms(stall->response_ns), "excess_ms", json_value_exact_ms(stall->excess_ns),
        "explained_ms", json_value_exact_ms(stall->blamed_ns), "large",
        large[0] ? json_string(large) : json_null(), "large_ms",
        json_value_exact_ms(stall->large_ns), "large_hold_ms",
        stall->large_hold_ns ? json_value_exact_ms(stall->large_hold_ns) : json_null());
}

json_t *json_findings_stalls(const struct cell_findings *found)
{
    const struct stalls *stalls = &found->stalls;
    if (!stalls->known)
        return json_null();
    json_t *worst = json_array();
    for (size_t i = 0; i < stalls->top_count; i++)
        json_array_append_new(worst, stall_json(found->cell, &stalls->top[i]));
    double rest = stalls->excess_ns ? 1 - (double)stalls->blamed_ns / (double)stalls->excess_ns : 0;
    return json_pack(
        "{s:s, s:I, s:o, s:o, s:o, s:o, s:o}", "relation", stalls->causal ? "cause" : "overlap",
        "slow", (json_int_t)stalls->slow, "excess_ms", json_value_exact_ms(stalls->excess_ns),
        "explained_ms", json_value_exact_ms(stalls->blamed_ns), "unexplained_share",
        json_value_real(rest), "chance_share", json_value_exact(stalls->chance), "worst", worst);
}

json_t *json_findings_affinity(const struct affinity *affinity)
{
    if (!affinity->known)
        return json_null();
    bool others = affinity->beside < affinity->count;
    return json_pack(
        "{s:I, s:b, s:I, s:I, s:I, s:o, s:o}", "workers", (json_int_t)affinity->workers, "named",
        affinity->named, "requests", (json_int_t)affinity->count, "beside",
        (json_int_t)affinity->beside, "stuck", (json_int_t)affinity->stuck, "beside_p50_ms",
        affinity->beside ? json_value_exact_ms(affinity->beside_p50_ns) : json_null(),
        "others_p50_ms", others ? json_value_exact_ms(affinity->others_p50_ns) : json_null());
}

static json_t *ranking_value_json(const struct ranking_value *value)
{
    if (!value->known)
        return json_null();
    json_t *rounds = json_array();
    for (size_t i = 0; i < value->round_count; i++)
        json_array_append_new(rounds, json_value_real(value->rounds[i]));
    return json_pack("{s:o, s:b, s:o, s:o}", "value", json_value_real(value->value), "at_least",
                     value->at_least, "rank",
                     value->rank ? json_value_count(value->rank) : json_null(), "rounds", rounds);
}

static json_t *ranking_row_json(const struct ranking_row *row)
{
    json_t *object =
        json_pack("{s:o, s:s, s:s, s:b, s:b, s:o}", "subject",
                  json_value_count(row->subject->number), "mode", row->subject->label, "endpoint",
                  row->subject->endpoint, "trustworthy", row->trustworthy, "baseline_trustworthy",
                  !row->baseline_late, "large_failed_share", json_value_real(row->failed));
    for (int c = 0; c < RANKING_CRITERIA; c++)
        json_object_set_new(object, ranking_titles[c].key, ranking_value_json(&row->values[c]));
    return object;
}

static json_t *ranking_seen_json(const struct ranking *ranking)
{
    json_t *object = json_object();
    for (int c = 0; c < RANKING_CRITERIA; c++) {
        double seen = ranking->seen[c];
        json_object_set_new(object, ranking_titles[c].key,
                            seen > 0 ? json_value_real(seen) : json_null());
    }
    return object;
}

json_t *json_findings_ranking(const struct ranking *ranking)
{
    if (ranking->count == 0)
        return json_null();
    json_t *rows = json_array();
    for (size_t i = 0; i < ranking->count; i++)
        json_array_append_new(rows, ranking_row_json(&ranking->rows[i]));
    return json_pack("{s:o, s:s, s:f, s:f, s:o, s:o}", "small_percentile",
                     ranking->percent > 0 ? json_real(ranking->percent) : json_null(),
                     "large_figure", ranking->median ? "p50" : "mean", "margin", RANKING_MARGIN,
                     "risk", RANKING_RISK, "seen_from", ranking_seen_json(ranking), "systems",
                     rows);
}

static json_t *cost_json(const struct connection_cost *cost)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "system", cost->subject->system,
                     "endpoint", cost->fresh->endpoint, "class", cost->fresh->class->name,
                     "alone_us", value_json(&cost->alone_us), "alone_us_ci",
                     interval_json(&cost->alone_us), "with_large_us", value_json(&cost->with_us),
                     "with_large_us_ci", interval_json(&cost->with_us));
}

static json_t *verdict_json(const struct verdict *verdict)
{
    const struct cell *cell = verdict->cell;
    json_t *object = json_pack("{s:s, s:o, s:s, s:s, s:o, s:f, s:b}", "slo", verdict->slo->text,
                               "mode", cell->label[0] ? json_string(cell->label) : json_null(),
                               "endpoint", cell->endpoint, "class", cell->class->name, "value",
                               verdict->known ? json_value_real(verdict->value) : json_null(),
                               "limit", verdict->slo->limit, "passed", verdict->passed);
    if (verdict->at_least)
        json_object_set_new(object, "value_at_least", json_value_real(verdict->value));
    return object;
}

void json_findings_set_closing(json_t *root, const struct findings *findings)
{
    json_t *costs = json_array();
    json_t *slos = json_array();
    for (size_t i = 0; i < findings->cost_count; i++)
        json_array_append_new(costs, cost_json(&findings->costs[i]));
    for (size_t i = 0; i < findings->verdict_count; i++)
        json_array_append_new(slos, verdict_json(&findings->verdicts[i]));
    json_object_set_new(root, "connection_cost", costs);
    json_object_set_new(root, "trustworthy", json_boolean(findings->trustworthy));
    json_object_set_new(root, "slo", slos);
}
