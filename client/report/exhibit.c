/* exhibit.c: see exhibit.h. */
#include "report/exhibit.h"

#include "analysis/percentile.h"
#include "base/error.h"
#include "measure/result.h"
#include "report/json_findings.h"
#include "report/json_histograms.h"
#include "report/label.h"
#include "report/ms.h"
#include "report/text_table.h"

static void add_row(const char *method, struct percentile_source source, struct text_table *table)
{
    static const double percents[] = {50, 90, 95, 99};
    text_table_add(table, "%s", method);
    text_table_add(table, "%llu", (unsigned long long)source.replies->total);
    for (size_t i = 0; i < ARRAY_LENGTH(percents); i++) {
        struct percentile found = percentile_of(source, percents[i]);
        text_table_add(table, "%s", ms_text_percentile(&found).text);
    }
    text_table_add(table, "%s", ms_text_ns(source.replies->max).text);
}

static void append_cell(const struct cell *cell, struct buffer *out)
{
    static const char *const titles[] = {"Method", "Count", "Median", "p90", "p95", "p99", "Max"};
    CLEANUP(text_table_deinit)
    struct text_table table;
    text_table_init(&table, ARRAY_LENGTH(titles), 3, titles);
    add_row("response time, from the planned send", percentile_response(&cell->stats), &table);
    add_row("service time, from the actual send", percentile_service(&cell->stats), &table);
    add_row("a closed loop with a pause beside it", percentile_service(&cell->closed_loop), &table);
    buffer_append_format(out, "\n%s, %s: one class, three ways to measure it (ms)\n",
                         label_of(cell).text, cell->class->name);
    text_table_tell(&table, out);
}

void exhibit_tell(const struct result *result, struct buffer *out)
{
    for (size_t i = 0; i < result->cell_count; i++) {
        if (result->cells[i].closed_loop.ok)
            append_cell(&result->cells[i], out);
    }
}

json_t *exhibit_json(const struct cell *cell)
{
    const struct class_stats *closed_loop = &cell->closed_loop;
    if (closed_loop->sent == 0)
        return json_null();
    json_t *object =
        json_pack("{s:s, s:I, s:I, s:I, s:o}", "arrival", "closed", "sent",
                  (json_int_t)closed_loop->sent, "ok", (json_int_t)closed_loop->ok, "errors",
                  (json_int_t)(closed_loop->sent - closed_loop->ok), "service_ms",
                  json_findings_figures(percentile_service(closed_loop)));
    json_histograms_set(object, closed_loop);
    return object;
}
