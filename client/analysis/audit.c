/* audit.c: see audit.h. */
#include "analysis/audit.h"

#include "analysis/percentile.h"
#include "base/clock.h"
#include "base/error.h"
#include "measure/result.h"
#include "report/report.h"
#include "report/text_table.h"

#include <math.h>
#include <stdio.h>

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

/* What the machine's p99 is at most; without a measurement, what is allowed at most. */
static double machine_most(const struct histogram *lag)
{
    struct percentile_ranks ranks;
    if (lag->total == 0)
        return AUDIT_MACHINE_MOST_MS;
    percentile_ranks(lag->total, 99, &ranks);
    double percent = ((double)ranks.high - 0.5) * 100.0 / (double)lag->total;
    int64_t most = ranks.high > lag->total ? lag->max : histogram_percentile(lag, percent);
    return fmin((double)most / (double)NS_PER_MS, AUDIT_MACHINE_MOST_MS);
}

struct audit audit_stats(const struct class_stats *stats, double median_ms)
{
    struct audit audit = {
        .planned = stats->planned,
        .sent = stats->sent,
        .median_ms = median_ms,
        .lag_p99_ms = figures_of(&stats->send_lag).p99,
        .lag_least_ms = lag_least(&stats->send_lag),
        .machine_p99_ms = figures_of(&stats->machine_lag).p99,
        .allowed_ms = AUDIT_LAG_SHARE * median_ms + machine_most(&stats->machine_lag),
        .threads = stats->threads,
        .waits = stats->waits,
        .wait_longest_ms = (double)stats->wait_longest_ns / (double)NS_PER_MS,
    };
    double unsent = stats->planned > stats->sent ? (double)(stats->planned - stats->sent) : 0;
    audit.late = audit.lag_least_ms > audit.allowed_ms;
    audit.over_share = audit.lag_p99_ms > AUDIT_LAG_SHARE * median_ms;
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

/* "select /ping"; only the endpoint where the server did not tell its mode. */
static const char *cell_name(const struct cell *cell, char out[TEXT_TABLE_CELL])
{
    snprintf(out, TEXT_TABLE_CELL, "%.30s%s%.48s", cell->mode, cell->mode[0] ? " " : "",
             cell->endpoint);
    return out;
}

/* Without a good reply there is no median. */
static void format_median(const struct audit *audit, char out[REPORT_MS_SIZE])
{
    report_format_ms(audit->median_ms, out);
    if (audit->median_ms <= 0)
        snprintf(out, REPORT_MS_SIZE, "-");
}

static int tell_late(const struct audit *audit, struct buffer *out)
{
    char texts[3][REPORT_MS_SIZE];
    report_format_ms(audit->lag_p99_ms, texts[0]);
    format_median(audit, texts[1]);
    report_format_ms(fmin(audit->machine_p99_ms, AUDIT_MACHINE_MOST_MS), texts[2]);
    bool known = audit->median_ms > 0;
    return buffer_append_format(
        out,
        "its requests were sent late, by %s ms at p99, which is over %s%s%sthe machine's own "
        "lateness (%s ms; at most %.0f count)",
        texts[0], known ? "10 % of its median of " : "", known ? texts[1] : "",
        known ? " ms and " : "", texts[2], AUDIT_MACHINE_MOST_MS);
}

static int tell_cell(const struct cell *cell, struct buffer *out)
{
    const struct audit *audit = &cell->audit;
    char name[TEXT_TABLE_CELL];
    int r = buffer_append_format(
        out,
        "not trustworthy: the client could not keep class %s on its plan (%s): ", cell->class->name,
        cell_name(cell, name));
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

/* A row of the table of many. */
static void add_cell(const struct cell *cell, struct text_table *table)
{
    const struct audit *audit = &cell->audit;
    char texts[3][REPORT_MS_SIZE];
    char name[TEXT_TABLE_CELL];
    report_format_ms(audit->lag_p99_ms, texts[0]);
    format_median(audit, texts[1]);
    report_format_ms(fmin(audit->machine_p99_ms, AUDIT_MACHINE_MOST_MS), texts[2]);
    text_table_add(table, "%s", cell_name(cell, name));
    text_table_add(table, "%s", cell->class->name);
    for (int i = 0; i < 3; i++)
        text_table_add(table, "%s", texts[i]);
    text_table_add(table, "%llu of %llu", (unsigned long long)(audit->planned - audit->sent),
                   (unsigned long long)audit->planned);
}

static int tell_many(const struct result *result, size_t bad, struct buffer *out)
{
    static const char *const titles[] = {"Not trustworthy", "Class",         "Lag p99",
                                         "Median",          "Machine's own", "Unsent"};
    CLEANUP(text_table_deinit)
    struct text_table table;
    int r = text_table_init(&table, ARRAY_LENGTH(titles), bad, titles);
    for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
        if (!audit_is_good(&result->cells[i].audit))
            add_cell(&result->cells[i], &table);
    }
    if (r == 0)
        r = buffer_append_text(out, "\n");
    if (r == 0)
        r = text_table_tell(&table, out);
    return r ? r
             : buffer_append_format(
                   out,
                   "\nThe client could not keep these classes on their plan: requests were sent "
                   "late, by over 10 %% of the\nmedian and the machine's own lateness (at most "
                   "%.0f "
                   "ms of it count), or over %.0f %% were never sent. All in ms.\nRaise conns=, "
                   "lower the rate, or use a quieter machine.\n",
                   AUDIT_MACHINE_MOST_MS, 100 * AUDIT_UNSENT_SHARE);
}

int audit_tell(const struct result *result, struct buffer *out)
{
    enum { LINES_MOST = 3 };
    size_t bad = 0;
    for (size_t i = 0; i < result->cell_count; i++)
        bad += !audit_is_good(&result->cells[i].audit);
    if (bad > LINES_MOST)
        return tell_many(result, bad, out);
    int r = 0;
    for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
        if (!audit_is_good(&result->cells[i].audit))
            r = tell_cell(&result->cells[i], out);
    }
    return r;
}

int audit_tell_waits(const struct cell *cell, struct buffer *out)
{
    const struct audit *audit = &cell->audit;
    char longest[REPORT_MS_SIZE];
    char name[TEXT_TABLE_CELL];
    if (audit->waits == 0)
        return 0;
    report_format_ms(audit->wait_longest_ms, longest);
    int r = buffer_append_format(
        out,
        "class %s (%s): %llu requests waited for a free thread, the longest for %s ms, and "
        "their response times hold that: ",
        cell->class->name, cell_name(cell, name), (unsigned long long)audit->waits, longest);
    if (r == 0 && audit->threads >= cell->class->connections)
        return buffer_append_format(out, "conns=%u allows no more\n", cell->class->connections);
    return r ? r
             : buffer_append_format(out,
                                    "the system allowed %u (open files, processes, memory) or "
                                    "made them too late\n",
                                    audit->threads);
}

int audit_tell_share(const struct result *result, struct buffer *out)
{
    int r = 0;
    double worst = 0;
    bool some = false;
    for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        char name[TEXT_TABLE_CELL];
        if (!cell->audit.over_share || cell->audit.late || cell->audit.median_ms <= 0)
            continue;
        r = buffer_append_format(
            out, "%s%s (%s)",
            some ? ", "
                 : "send lag p99 over 10 % of the median, but not surely over that and "
                   "the machine's own lateness: ",
            cell->class->name, cell_name(cell, name));
        worst = fmax(worst, cell->audit.machine_p99_ms);
        some = true;
    }
    char lag[REPORT_MS_SIZE];
    report_format_ms(worst, lag);
    return r || !some ? r
                      : buffer_append_format(out,
                                             " (a thread that only slept was late by up to %s ms "
                                             "at p99, and so were the server's)\n",
                                             lag);
}
