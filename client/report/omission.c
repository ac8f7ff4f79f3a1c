/* omission.c: see omission.h. */
#include "report/omission.h"

#include "analysis/percentile.h"
#include "base/error.h"
#include "measure/result.h"
#include "report/json_findings.h"
#include "report/report.h"
#include "report/text_table.h"

static void add_row(const char *method, const struct histogram *histogram, struct text_table *table)
{
    static const double percents[] = {50, 90, 95, 99};
    char longest[REPORT_MS_SIZE];
    report_format_ms((double)histogram->max / 1e6, longest);
    text_table_add(table, "%s", method);
    text_table_add(table, "%llu", (unsigned long long)histogram->total);
    for (size_t i = 0; i < ARRAY_LENGTH(percents); i++) {
        char ms[REPORT_MS_SIZE] = "-";
        if (percentile_is_known(histogram->total, percents[i]))
            report_format_ms((double)histogram_percentile(histogram, percents[i]) / 1e6, ms);
        text_table_add(table, "%s", ms);
    }
    text_table_add(table, "%s", longest);
}

static int append_cell(struct buffer *out, const struct cell *cell)
{
    static const char *const titles[] = {"Method", "Count", "Median", "p90", "p95", "p99", "Max"};
    CLEANUP(text_table_deinit)
    struct text_table table;
    int r = text_table_init(&table, ARRAY_LENGTH(titles), 3, titles);
    if (r)
        return r;
    add_row("response time, from the planned send", &cell->stats.response, &table);
    add_row("service time, from the actual send", &cell->stats.service, &table);
    add_row("a closed loop with a pause beside it", &cell->shadow.service, &table);
    r = buffer_append_format(out, "\n%s%s%s, %s: one class, three ways to measure it (ms)\n",
                             cell->mode, cell->mode[0] ? " " : "", cell->endpoint,
                             cell->class->name);
    return r ? r : text_table_tell(&table, out);
}

int omission_tell(const struct result *result, struct buffer *out)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
        if (result->cells[i].shadow.ok)
            r = append_cell(out, &result->cells[i]);
    }
    return r;
}

json_t *omission_json(const struct cell *cell)
{
    const struct class_stats *shadow = &cell->shadow;
    if (shadow->sent == 0)
        return json_null();
    return json_pack("{s:s, s:I, s:I, s:I, s:o}", "arrival", "closed", "sent",
                     (json_int_t)shadow->sent, "ok", (json_int_t)shadow->ok, "errors",
                     (json_int_t)class_stats_errors(shadow), "service_ms",
                     json_findings_figures(&shadow->service));
}
