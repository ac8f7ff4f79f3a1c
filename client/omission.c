/* omission.c: see omission.h. */
#include "omission.h"

#include "base/error.h"
#include "json_findings.h"
#include "percentile.h"
#include "report.h"
#include "result.h"

static int append_percentile(struct buffer *out, const struct histogram *histogram, double percent)
{
    char text[REPORT_MS_SIZE] = "-";
    if (percentile_is_known(histogram->total, percent))
        report_format_ms((double)histogram_percentile(histogram, percent) / 1e6, text);
    return buffer_append_format(out, " %9s |", text);
}

static int append_row(struct buffer *out, const char *method, const struct histogram *histogram)
{
    static const double percents[] = {50, 90, 95, 99};
    char longest[REPORT_MS_SIZE];
    report_format_ms((double)histogram->max / 1e6, longest);
    int r = buffer_append_format(out, "| %-42s | %7llu |", method,
                                 (unsigned long long)histogram->total);
    for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(percents); i++)
        r = append_percentile(out, histogram, percents[i]);
    return r ? r : buffer_append_format(out, " %9s |\n", longest);
}

static int append_cell(struct buffer *out, const struct cell *cell)
{
    int r = buffer_append_format(
        out,
        "\n%s%s%s, %s: one class, three ways to measure it (ms)\n"
        "| %-42s | %7s | %9s | %9s | %9s | %9s | %9s |\n"
        "|--------------------------------------------|---------|-----------|"
        "-----------|-----------|-----------|-----------|\n",
        cell->mode, cell->mode[0] ? " " : "", cell->endpoint, cell->class->name, "Method", "Count",
        "Median", "p90", "p95", "p99", "Max");
    if (r == 0)
        r = append_row(out, "response time, from the planned send", &cell->stats.response);
    if (r == 0)
        r = append_row(out, "service time, from the actual send", &cell->stats.service);
    return r ? r : append_row(out, "a closed loop with a pause beside it", &cell->shadow.service);
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
