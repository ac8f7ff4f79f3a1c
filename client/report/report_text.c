/* report_text.c: the table in the original's columns, and the lines under it. */
#include "report/report.h"

#include "analysis/analysis.h"
#include "analysis/percentile.h"
#include "base/clock.h"
#include "base/error.h"
#include "report/effects.h"
#include "report/omission.h"
#include "report/text_table.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

void report_format_ms(double ms, char out[REPORT_MS_SIZE])
{
    double size = fabs(ms);
    int decimals = size < 0.9995 ? 3 : size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
    snprintf(out, REPORT_MS_SIZE, "%.*f", decimals, ms);
}

/* "small" is shown as "Small", as in the original's table. */
static void set_label(char out[TEXT_TABLE_CELL], const struct cell *cell, bool alone)
{
    snprintf(out, TEXT_TABLE_CELL, "%s%s", cell->class->name, alone ? " alone" : "");
    out[0] = (char)toupper((unsigned char)out[0]);
}

/* A percentile that too few samples lie beyond is not told (percentile.h). */
static void add_row(struct text_table *table, const struct cell *cell, bool alone)
{
    const struct class_stats *stats = alone ? &cell->baseline : &cell->stats;
    struct figures f = figures_of(&stats->response);
    const struct {
        double value;
        double percent; /* 0: told of any number of samples */
    } values[] = {{f.min, 0},  {f.p50, 50}, {f.mean, 0}, {f.p90, 90},
                  {f.p95, 95}, {f.p99, 99}, {f.max, 0}};
    char text[TEXT_TABLE_CELL];
    set_label(text, cell, alone);
    text_table_add(table, "%s", text);
    text_table_add(table, "%.60s", cell->mode[0] ? cell->mode : "-");
    text_table_add(table, "%.60s", cell->endpoint);
    text_table_add(table, "%llu", (unsigned long long)f.count);
    for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
        double percent = values[i].percent;
        bool known = f.count && (percent == 0 || percentile_is_known(f.count, percent));
        if (known)
            report_format_ms(values[i].value, text);
        text_table_add(table, "%s", known ? text : "-");
    }
}

static bool is_sparse(const struct class_stats *stats)
{
    return !percentile_is_known(stats->response.total, 99);
}

/* Why there are dashes, if there are any. */
static int append_dashes(const struct result *result, struct buffer *out)
{
    bool sparse = false;
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        sparse = sparse || is_sparse(&cell->stats);
        sparse = sparse || (cell->has_baseline && is_sparse(&cell->baseline));
    }
    if (!sparse)
        return 0;
    return buffer_append_format(out,
                                "-: fewer than %d samples lie beyond this percentile: the median "
                                "takes %d, p90 %d, p95 %d, p99 %d.\n",
                                PERCENTILE_BEYOND, 2 * PERCENTILE_BEYOND, 10 * PERCENTILE_BEYOND,
                                20 * PERCENTILE_BEYOND, 100 * PERCENTILE_BEYOND);
}

static int append_table(const struct result *result, struct buffer *out)
{
    static const char *const titles[] = {"Request Size", "Mode",   "Endpoint", "Count",
                                         "Min",          "Median", "Mean",     "p90",
                                         "p95",          "p99",    "Max"};
    CLEANUP(text_table_deinit)
    struct text_table table;
    int r = text_table_init(&table, ARRAY_LENGTH(titles), result->cell_count * 2, titles);
    for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        if (cell->has_baseline)
            add_row(&table, cell, true);
        add_row(&table, cell, false);
    }
    return r ? r : text_table_tell(&table, out);
}

static int append_errors(struct buffer *out, const struct class_stats *stats)
{
    uint64_t errors = class_stats_errors(stats);
    int r = buffer_append_format(out, "%llu %s", (unsigned long long)errors,
                                 errors == 1 ? "error" : "errors");
    const char *opening = " (";
    for (int kind = 0; r == 0 && kind < OUTCOME_KINDS; kind++) {
        if (stats->errors[kind] == 0)
            continue;
        r = buffer_append_format(out, "%s%s %llu", opening, outcome_name((enum outcome_kind)kind),
                                 (unsigned long long)stats->errors[kind]);
        opening = ", ";
    }
    return r || errors == 0 ? r : buffer_append_text(out, ")");
}

/* One line a class; compare adds up its cells, with and without large requests. */
static int append_class(const struct result *result, const struct traffic_class *class,
                        struct class_stats *sum, struct buffer *out)
{
    size_t body = 0;
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        if (cell->class != class)
            continue;
        body = cell->body_bytes;
        int r = class_stats_merge(sum, &cell->stats);
        if (r == 0)
            r = class_stats_merge(sum, &cell->baseline);
        if (r)
            return r;
    }
    char interval[REPORT_MS_SIZE];
    char lags[3][REPORT_MS_SIZE];
    struct figures lag = figures_of(&sum->send_lag);
    bool open = class_is_open(class);
    report_format_ms((double)class->interval_ns / (double)NS_PER_MS, interval);
    const double lag_ms[] = {lag.p50, lag.p99, lag.max};
    for (size_t i = 0; i < ARRAY_LENGTH(lags); i++) {
        if (sum->sent)
            report_format_ms(lag_ms[i], lags[i]);
        else
            snprintf(lags[i], sizeof lags[i], "-");
    }
    int r = buffer_append_format(
        out, "%s: %s, %s %s ms, %zu bytes; %llu planned, %llu sent, %llu unsent, ", class->name,
        class_arrival_name(class->arrival), open ? "every" : "pause", interval, body,
        (unsigned long long)sum->planned, (unsigned long long)sum->sent,
        (unsigned long long)(sum->planned - sum->sent));
    if (r == 0)
        r = append_errors(out, sum);
    return r ? r
             : buffer_append_format(out,
                                    "; send lag p50 %s, p99 %s, max %s ms; %u %s, %llu waited "
                                    "for one; client CPU %.2f s\n",
                                    lags[0], lags[1], lags[2], sum->threads,
                                    sum->threads == 1 ? "thread" : "threads",
                                    (unsigned long long)sum->waits, (double)sum->cpu_ns / 1e9);
}

static int append_classes(const struct result *result, struct buffer *out)
{
    const struct options *options = result->options;
    int r = 0;
    for (size_t i = 0; r == 0 && i < options->class_count; i++) {
        CLEANUP(class_stats_deinit)
        struct class_stats sum;
        r = class_stats_init(&sum);
        if (r == 0)
            r = append_class(result, &options->classes[i], &sum, out);
    }
    return r;
}

/* What a comparison comes to. */
static int append_end(const struct result *result, struct buffer *out)
{
    int r = 0;
    if (result->ranking.count)
        r = buffer_append_text(out, "\n");
    if (r == 0)
        r = ranking_tell(&result->ranking, out);
    if (r || result->closing.length == 0)
        return r;
    return buffer_append_format(out, "\n%.*s", (int)result->closing.length, result->closing.data);
}

static int append_counts(const struct server_stats *server, bool requests, struct buffer *out)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < server->worker_count; i++) {
        const struct server_worker *worker = &server->workers[i];
        r = buffer_append_format(
            out, "%s%llu", i ? ", " : " ",
            (unsigned long long)(requests ? worker->requests : worker->connections));
    }
    return r;
}

/* How several workers shared the work: a line for each system and endpoint that has them. */
static int append_workers(const struct result *result, struct buffer *out)
{
    int r = 0;
    size_t told = SIZE_MAX;
    for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        if (!cell->has_server || cell->server.worker_count < 2 || cell->subject == told)
            continue;
        told = cell->subject;
        r = buffer_append_format(out, "%s%s%s: connections of each worker:", cell->mode,
                                 cell->mode[0] ? " " : "", cell->endpoint);
        if (r == 0)
            r = append_counts(&cell->server, false, out);
        if (r == 0)
            r = buffer_append_text(out, "; requests:");
        if (r == 0)
            r = append_counts(&cell->server, true, out);
        if (r == 0)
            r = buffer_append_text(out, "\n");
    }
    return r;
}

/* The one of load, or one for each server of a comparison. */
static int append_probes(const struct result *result, struct buffer *out)
{
    int r = probe_tell(&result->probe, "", out);
    for (size_t i = 0; r == 0 && i < result->subject_count; i++) {
        const struct subject *subject = &result->subjects[i];
        char server[OPTIONS_WORD_SIZE + CLASS_PATH_SIZE];
        snprintf(server, sizeof server, "%s %s", subject->mode, subject->endpoint);
        r = probe_tell(&subject->probe, server, out);
    }
    return r;
}

int report_text(const struct result *result, struct buffer *out)
{
    int r = append_table(result, out);
    if (r == 0)
        r = buffer_append_text(out,
                               "\nResponse times in ms, from the planned send to the last byte "
                               "of the reply; errors are not among them.\n");
    if (r == 0)
        r = append_dashes(result, out);
    if (r == 0)
        r = append_classes(result, out);
    if (r == 0)
        r = buffer_append_format(out, "client CPU: %.1f %% of one core\n",
                                 result_cpu_percent(result));
    if (r == 0)
        r = append_probes(result, out);
    if (r == 0)
        r = omission_tell(result, out);
    bool as_table = effects_are_many(result);
    if (r == 0 && as_table)
        r = effects_tell(result, out);
    else if (r == 0 && result->sentences.length)
        r = buffer_append_format(out, "\n%.*s", (int)result->sentences.length,
                                 result->sentences.data);
    if (r == 0)
        r = analysis_tell_findings(result, !as_table, out);
    if (r == 0)
        r = append_workers(result, out);
    if (r == 0)
        r = append_end(result, out);
    return r ? r : analysis_tell_verdicts(result, out);
}
