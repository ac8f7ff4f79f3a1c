/* audit.c: see audit.h. */
#include "analysis/audit.h"

#include "analysis/percentile.h"
#include "base/clock.h"
#include "base/error.h"
#include "measure/result.h"

#include <math.h>

/* With few samples a p99 is one outlier's word: what counts is what it surely exceeds. */
static double lag_least(const struct histogram *lag)
{
    struct percentile_ranks ranks;
    percentile_ranks(lag->total, 99, &ranks);
    return ranks.low ? clock_ms(percentile_value_at(lag, ranks.low)) : 0;
}

/* What the machine's p99 is at most; without a measurement, what is allowed at most. */
static double machine_most(const struct histogram *lag)
{
    struct percentile_ranks ranks;
    if (lag->total == 0)
        return AUDIT_MACHINE_MOST_MS;
    percentile_ranks(lag->total, 99, &ranks);
    int64_t most = ranks.high > lag->total ? lag->max : percentile_value_at(lag, ranks.high);
    return fmin(clock_ms(most), AUDIT_MACHINE_MOST_MS);
}

struct audit audit_stats(const struct class_stats *stats, double median_ms)
{
    struct audit audit = {
        .planned = stats->planned,
        .sent = stats->sent,
        .median_ms = median_ms,
        .lag_p99_ms = figures_of(&stats->send_lag).p99,
        .lag_least_ms = lag_least(&stats->send_lag),
        .read_p99_ms = figures_of(&stats->read_lag).p99,
        .read_least_ms = lag_least(&stats->read_lag),
        .machine_p99_ms = figures_of(&stats->machine_lag).p99,
        .allowed_ms = fmax(AUDIT_LAG_SHARE * median_ms + machine_most(&stats->machine_lag),
                           AUDIT_LAG_LEAST_MS),
        .threads = stats->threads,
        .busy_share = stats->ran_ns ? (double)stats->cpu_ns / (double)stats->ran_ns : 0,
        .connections_most = stats->connections_most,
        .waits = stats->waits,
        .wait_longest_ms = clock_ms(stats->wait_longest_ns),
        .unopened = stats->errors[OUTCOME_LOCAL],
    };
    audit.late = fmax(audit.lag_least_ms, audit.read_least_ms) > audit.allowed_ms;
    audit.over_share = fmax(audit.lag_p99_ms, audit.read_p99_ms) > AUDIT_LAG_SHARE * median_ms;
    return audit;
}

int audit_cell(const struct cell *cell, struct audit *audit)
{
    CLEANUP(class_stats_deinit)
    struct class_stats sum;
    int r = class_stats_init(&sum);
    if (r == 0)
        r = class_stats_merge(&sum, &cell->stats);
    if (r == 0)
        r = class_stats_merge(&sum, &cell->baseline);
    if (r == 0)
        *audit = audit_stats(&sum, figures_of(&cell->stats.response).p50);
    return r;
}

bool audit_is_good(const struct audit *audit)
{
    return !audit->late && audit->unopened == 0;
}
