/* report_markdown.c: the table in the original's columns, and the lines under it. */
#include "report/report.h"

#include "analysis/percentile.h"
#include "base/clock.h"
#include "base/error.h"
#include "report/audit_text.h"
#include "report/effects.h"
#include "report/exhibit.h"
#include "report/findings_text.h"
#include "report/label.h"
#include "report/ms.h"
#include "report/parts_text.h"
#include "report/ranking_text.h"
#include "report/sentences.h"
#include "report/text_table.h"

#include <ctype.h>
#include <stdio.h>

/* "small" is shown as "Small", as in the original's table. */
static void set_label(char out[TEXT_TABLE_CELL], const struct cell *cell, bool alone)
{
    snprintf(out, TEXT_TABLE_CELL, "%s%s", cell->class->name, alone ? " alone" : "");
    out[0] = (char)toupper((unsigned char)out[0]);
}

/* A column of the table. */
struct column {
    const char *title;
    double percent; /* of a percentile, else 0 and one of these: */
    enum { OF_PERCENTILE, OF_MIN, OF_MEAN, OF_MAX } kind;
};

static const struct column columns[] = {
    {"Min", 0, OF_MIN},
    {"Median", 50, OF_PERCENTILE},
    {"Mean", 0, OF_MEAN},
    {"p90", 90, OF_PERCENTILE},
    {"p95", 95, OF_PERCENTILE},
    {"p99", 99, OF_PERCENTILE},
    {"p99.9", 99.9, OF_PERCENTILE},
    {"Max", 0, OF_MAX},
};

static struct ms_text figure_text(const struct class_stats *stats, const struct column *column)
{
    const struct histogram *replies = &stats->response;
    if (column->kind == OF_PERCENTILE)
        return ms_text_response(stats, column->percent);
    if (replies->total == 0)
        return (struct ms_text){"-"};
    if (column->kind == OF_MEAN)
        return ms_text(histogram_mean(replies) / (double)NS_PER_MS);
    return ms_text_ns(column->kind == OF_MIN ? replies->min : replies->max);
}

/* The p99.9 is only shown where a class has samples enough for it. */
static bool is_shown(const struct result *result, const struct column *column)
{
    bool shown = column->percent <= 99;
    for (size_t i = 0; !shown && i < result->cell_count; i++) {
        const struct percentile_source with = percentile_response(&result->cells[i].stats);
        const struct percentile_source alone = percentile_response(&result->cells[i].baseline);
        shown = percentile_is_known(percentile_count(&with), column->percent) ||
                percentile_is_known(percentile_count(&alone), column->percent);
    }
    return shown;
}

static void add_row(struct text_table *table, const struct result *result, const struct cell *cell,
                    bool alone)
{
    const struct class_stats *stats = alone ? &cell->baseline : &cell->stats;
    char label[TEXT_TABLE_CELL];
    set_label(label, cell, alone);
    text_table_add(table, "%s", label);
    text_table_add(table, "%.60s", cell->label[0] ? cell->label : "-");
    text_table_add(table, "%.60s", cell->endpoint);
    text_table_add(table, "%llu", (unsigned long long)stats->response.total);
    for (size_t i = 0; i < ARRAY_LENGTH(columns); i++) {
        if (is_shown(result, &columns[i]))
            text_table_add(table, "%s", figure_text(stats, &columns[i]).text);
    }
}

static bool is_sparse(const struct class_stats *stats)
{
    const struct percentile_source source = percentile_response(stats);
    return !percentile_is_known(percentile_count(&source), 99);
}

/* Why there are dashes and bounds, if there are any. */
static void append_marks(const struct result *result, struct buffer *out)
{
    bool sparse = false;
    uint64_t censored = 0;
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        sparse = sparse || is_sparse(&cell->stats);
        sparse = sparse || (cell->has_baseline && is_sparse(&cell->baseline));
        censored += class_stats_censored(&cell->stats) + class_stats_censored(&cell->baseline);
    }
    if (sparse)
        buffer_append_format(out,
                             "-: fewer than %d samples lie beyond this percentile: the median "
                             "takes %d, p90 %d, p95 %d, p99 %d.\n",
                             PERCENTILE_BEYOND, 2 * PERCENTILE_BEYOND, 10 * PERCENTILE_BEYOND,
                             20 * PERCENTILE_BEYOND, 100 * PERCENTILE_BEYOND);
    if (censored)
        buffer_append_format(out,
                             "%llu planned requests were left without a good reply (errors, "
                             "time-outs, never sent). In the percentiles they count as slower than "
                             "every reply; >=: the percentile falls among them, and took at least "
                             "this. Count, minimum, mean and maximum are of replies only.\n",
                             (unsigned long long)censored);
}

static void append_table(const struct result *result, struct buffer *out)
{
    enum { LABELS = 4 };
    const char *titles[LABELS + ARRAY_LENGTH(columns)] = {"Request Size", "Mode", "Endpoint",
                                                          "Count"};
    size_t count = LABELS;
    for (size_t i = 0; i < ARRAY_LENGTH(columns); i++) {
        if (is_shown(result, &columns[i]))
            titles[count++] = columns[i].title;
    }
    CLEANUP(text_table_deinit)
    struct text_table table;
    text_table_init(&table, count, result->cell_count * 2, titles);
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        if (cell->has_baseline)
            add_row(&table, result, cell, true);
        add_row(&table, result, cell, false);
    }
    text_table_tell(&table, out);
}

/* Adds up the cells of a class, with and without large requests. Returns the size of its body. */
static size_t add_up(const struct result *result, const struct traffic_class *class,
                     struct class_stats *sum, struct buffer *out)
{
    size_t body = 0;
    if (class_stats_init(sum))
        out->error = -ENOMEM;
    for (size_t i = 0; out->error == 0 && i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        if (cell->class != class)
            continue;
        body = cell->body_bytes;
        if (class_stats_merge(sum, &cell->stats) || class_stats_merge(sum, &cell->baseline))
            out->error = -EINVAL;
    }
    return body;
}

/* Where nothing was sent, nothing was late. */
static struct ms_text lag_text(const struct class_stats *sum, double ms)
{
    return sum->sent ? ms_text(ms) : (struct ms_text){"-"};
}

/* One line a class. */
static void append_class(const struct result *result, const struct traffic_class *class,
                         struct buffer *out)
{
    CLEANUP(class_stats_deinit)
    struct class_stats sum;
    size_t body = add_up(result, class, &sum, out);
    struct figures lag = figures_of(&sum.send_lag);
    buffer_append_format(
        out, "%s: %s, %s %s ms, %zu bytes; %llu planned, %llu sent, %llu unsent, ", class->name,
        class_arrival_name(class->arrival), class_is_open(class) ? "every" : "pause",
        ms_text_ns(class->interval_ns).text, body, (unsigned long long)sum.planned,
        (unsigned long long)sum.sent, (unsigned long long)(sum.planned - sum.sent));
    findings_text_errors(&sum, out);
    if (sum.resent)
        buffer_append_format(out, ", %llu sent again (the server closed the connection)",
                             (unsigned long long)sum.resent);
    buffer_append_format(out,
                         "; send lag p50 %s, p99 %s, max %s ms, read lag p99 %s ms; %u %s, at most "
                         "%u %s, %llu waited for one; client CPU %.2f s\n",
                         lag_text(&sum, lag.p50).text, lag_text(&sum, lag.p99).text,
                         lag_text(&sum, lag.max).text,
                         lag_text(&sum, figures_of(&sum.read_lag).p99).text, sum.threads,
                         sum.threads == 1 ? "thread" : "threads", sum.connections_most,
                         sum.connections_most == 1 ? "connection" : "connections",
                         (unsigned long long)sum.waits, (double)sum.cpu_ns / 1e9);
    findings_text_first_errors(result, class, FAILURES_MOST, out);
}

static void append_counts(const struct server_stats *server, bool requests, struct buffer *out)
{
    for (size_t i = 0; i < server->worker_count; i++) {
        const struct server_worker *worker = &server->workers[i];
        buffer_append_format(
            out, "%s%llu", i ? ", " : " ",
            (unsigned long long)(requests ? worker->requests : worker->connections));
    }
}

/* How several workers shared the work: a line for each system and endpoint that has them. */
static void append_workers(const struct result *result, struct buffer *out)
{
    size_t told = SIZE_MAX;
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        if (!cell->has_server || cell->server.worker_count < 2 || cell->subject == told)
            continue;
        told = cell->subject;
        buffer_append_format(out, "%s: connections of each worker:", label_of(cell).text);
        append_counts(&cell->server, false, out);
        buffer_append_text(out, "; requests:");
        append_counts(&cell->server, true, out);
        buffer_append_text(out, "\n");
    }
}

/* What the large requests did: sentences, or a table when the systems are many. */
static void append_effects(const struct findings *findings, struct buffer *out)
{
    CLEANUP(buffer_deinit)
    struct buffer sentences = {0};
    if (effects_are_many(findings->result)) {
        effects_tell(findings, out);
        return;
    }
    sentences_cells(findings, &sentences);
    if (sentences.length)
        buffer_append_format(out, "\n%.*s", (int)sentences.length, sentences.data);
    if (sentences.error)
        out->error = sentences.error;
}

/* A line for each cell that there is something to say of; a table before them ends with an empty
 * one. */
static void append_lines(const struct findings *findings, struct buffer *out)
{
    CLEANUP(buffer_deinit)
    struct buffer lines = {0};
    bool many = effects_are_many(findings->result);
    findings_text(findings, !many, &lines);
    append_workers(findings->result, &lines);
    if (lines.length)
        buffer_append_format(out, "%s%.*s", many ? "\n" : "", (int)lines.length, lines.data);
    if (lines.error)
        out->error = lines.error;
}

/* What a comparison comes to. */
static void append_end(const struct findings *findings, struct buffer *out)
{
    CLEANUP(buffer_deinit)
    struct buffer closing = {0};
    if (findings->ranking.count)
        buffer_append_text(out, "\n");
    ranking_tell(&findings->ranking, out);
    sentences_closing(findings, &closing);
    if (closing.length)
        buffer_append_format(out, "\n%.*s", (int)closing.length, closing.data);
    if (closing.error)
        out->error = closing.error;
}

void report_markdown(const struct findings *findings, struct buffer *out)
{
    const struct result *result = findings->result;
    buffer_append_text(out, "Response times in ms, from the planned send to the last byte of the "
                            "reply.\n\n");
    append_table(result, out);
    buffer_append_text(out, "\n");
    append_marks(result, out);
    for (size_t i = 0; i < result->options->class_count; i++)
        append_class(result, &result->options->classes[i], out);
    buffer_append_format(out, "client CPU: %.1f %% of one core\n", result_cpu_percent(result));
    findings_text_probes(result, out);
    exhibit_tell(result, out);
    append_effects(findings, out);
    append_lines(findings, out);
    parts_text_table(result, out);
    append_end(findings, out);
    audit_text(findings, out);
}
