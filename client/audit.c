/* audit.c: see audit.h. */
#include "audit.h"

#include "base/clock.h"
#include "base/error.h"
#include "percentile.h"
#include "report.h"
#include "result.h"

#include <math.h>

/* With few samples a p99 is one outlier's word: what counts is what it surely exceeds. */
static double lag_least(const struct histogram *lag)
{
    struct percentile_ranks ranks;
    percentile_ranks(lag->total, 99, &ranks);
    if (lag->total == 0 || ranks.low == 0)
        return 0;
    double percent = ((double)ranks.low - 0.5) * 100.0 / (double)lag->total;
    return (double)histogram_percentile(lag, percent) / (double)NS_PER_MS;
}

struct audit audit_stats(const struct class_stats *stats, double median_ms)
{
    struct audit audit = {
        .planned = stats->planned,
        .sent = stats->sent,
        .median_ms = median_ms,
        .lag_p99_ms = figures_of(&stats->send_lag).p99,
        .lag_least_ms = lag_least(&stats->send_lag),
        .threads = stats->threads,
        .waits = stats->waits,
        .wait_longest_ms = (double)stats->wait_longest_ns / (double)NS_PER_MS,
    };
    double most = fmax(AUDIT_LAG_SHARE * median_ms, AUDIT_LAG_LEAST_MS);
    double unsent = stats->planned > stats->sent ? (double)(stats->planned - stats->sent) : 0;
    audit.late = audit.lag_least_ms > most;
    audit.unsent = unsent > AUDIT_UNSENT_SHARE * (double)stats->planned;
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
    return !audit->late && !audit->unsent;
}

static int tell_late(const struct audit *audit, struct buffer *out)
{
    char lag[REPORT_MS_SIZE];
    char median[REPORT_MS_SIZE];
    report_format_ms(audit->lag_p99_ms, lag);
    report_format_ms(audit->median_ms, median);
    return buffer_append_format(out,
                                "its requests were sent late, by %s ms at p99, which is over "
                                "10 %% of its median of %s ms (and over %.0f ms)",
                                lag, median, AUDIT_LAG_LEAST_MS);
}

int audit_tell(const struct cell *cell, struct buffer *out)
{
    const struct audit *audit = &cell->audit;
    if (audit_is_good(audit))
        return 0;
    int r = buffer_append_format(
        out, "not trustworthy: the client could not keep class %s on its plan (%s %s): ",
        cell->class->name, cell->mode[0] ? cell->mode : "load", cell->endpoint);
    if (r == 0 && audit->late)
        r = tell_late(audit, out);
    if (r == 0 && audit->unsent)
        r = buffer_append_format(
            out, "%s%llu of %llu planned requests were never sent", audit->late ? "; " : "",
            (unsigned long long)(audit->planned - audit->sent), (unsigned long long)audit->planned);
    return r ? r
             : buffer_append_text(out,
                                  ": raise conns=, lower the rate, or use a quieter machine\n");
}

int audit_tell_waits(const struct cell *cell, struct buffer *out)
{
    const struct audit *audit = &cell->audit;
    char longest[REPORT_MS_SIZE];
    if (audit->waits == 0)
        return 0;
    report_format_ms(audit->wait_longest_ms, longest);
    int r = buffer_append_format(
        out,
        "class %s (%s %s): %llu requests waited for a free thread, the longest for %s ms, and "
        "their response times hold that: ",
        cell->class->name, cell->mode[0] ? cell->mode : "load", cell->endpoint,
        (unsigned long long)audit->waits, longest);
    if (r == 0 && audit->threads >= cell->class->connections)
        return buffer_append_format(out, "conns=%u allows no more\n", cell->class->connections);
    return r ? r
             : buffer_append_format(out,
                                    "the system allowed %u (open files, processes, memory) or "
                                    "made them too late\n",
                                    audit->threads);
}
