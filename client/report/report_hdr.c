/*
 * report_hdr.c: a result in HdrHistogram's two file formats: one interval log
 * with a line per window, and one percentile file per row of the table.
 */
#include "report/report.h"

#include "base/clock.h"
#include "base/error.h"
#include "report/hdr_codec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_SIZE = CLASS_NAME_SIZE + OPTIONS_WORD_SIZE + CLASS_PATH_SIZE + 16 };

/* Several servers or endpoints: the class alone does not tell the cells apart. */
static bool class_repeats(const struct result *result, const struct cell *cell)
{
    size_t count = 0;
    for (size_t i = 0; i < result->cell_count; i++)
        count += strcmp(result->cells[i].class->name, cell->class->name) == 0;
    return count > 1;
}

/* "small", "small-alone", "small-select-ping": fit for a tag and for a file name. */
static void name_cell(const struct result *result, const struct cell *cell, bool alone,
                      char out[TAG_SIZE])
{
    int used = snprintf(out, TAG_SIZE, "%s%s", cell->class->name, alone ? "-alone" : "");
    if (class_repeats(result, cell)) {
        const char *path = cell->endpoint + strspn(cell->endpoint, "/");
        snprintf(out + used, TAG_SIZE - (size_t)used, "%s%s-%s", cell->label[0] ? "-" : "",
                 cell->label, path);
    }
    for (char *letter = out; *letter; letter++) {
        if (strchr("/, \t\r\n", *letter))
            *letter = '-';
    }
}

struct interval {
    const struct cell *cell;
    const struct cell_window *window;
};

static int by_start(const void *first, const void *second)
{
    const struct interval *a = first;
    const struct interval *b = second;
    return (a->window->start_ns > b->window->start_ns) -
           (a->window->start_ns < b->window->start_ns);
}

static void append_interval(const struct result *result, const struct interval *interval,
                            struct buffer *out)
{
    const struct cell_window *window = interval->window;
    char tag[TAG_SIZE];
    name_cell(result, interval->cell, window->alone, tag);
    buffer_append_format(out, "Tag=%s,%.3f,%.3f,%.3f,", tag,
                         (double)(window->start_ns - result->started_ns) / (double)NS_PER_S,
                         (double)(window->end_ns - window->start_ns) / (double)NS_PER_S,
                         clock_ms(window->stats.response.max));
    hdr_encode(&window->stats.response, out);
    buffer_append_text(out, "\n");
}

static void append_intervals(const struct result *result, struct buffer *out)
{
    size_t count = 0;
    for (size_t i = 0; i < result->cell_count; i++)
        count += result->cells[i].window_count;
    struct interval *intervals = calloc(count ? count : 1, sizeof *intervals);
    if (!intervals) {
        out->error = -ENOMEM;
        return;
    }
    size_t at = 0;
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        for (size_t w = 0; w < cell->window_count; w++)
            intervals[at++] = (struct interval){cell, &cell->windows[w]};
    }
    qsort(intervals, count, sizeof *intervals, by_start);
    for (size_t i = 0; i < count; i++)
        append_interval(result, &intervals[i], out);
    free(intervals);
}

void report_hlog(const struct findings *findings, struct buffer *out)
{
    const struct result *result = findings->result;
    char started[CLOCK_RFC3339_SIZE];
    clock_format_rfc3339(result->started_wall_ns, started);
    buffer_append_format(out,
                         "#[looplag " LOOPLAG_VERSION
                         ": response times in ns, from the planned send]\n"
                         "#[Histogram log format version 1.3]\n"
                         "#[StartTime: %.3f (seconds since epoch), %s]\n"
                         "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
                         "\"Interval_Compressed_Histogram\"\n",
                         (double)result->started_wall_ns / (double)NS_PER_S, started);
    append_intervals(result, out);
}

static void append_line(const struct histogram *histogram, int32_t slot, double level,
                        uint64_t seen, struct buffer *out)
{
    double value = clock_ms(histogram_slot_highest(histogram, slot));
    int digits = histogram->significant_digits;
    buffer_append_format(out, "%12.*f %2.12f %10llu", digits, value, level / 100.0,
                         (unsigned long long)seen);
    if (level < 100.0)
        buffer_append_format(out, " %14.2f", 1.0 / (1.0 - level / 100.0));
    buffer_append_text(out, "\n");
}

/* Every level reached at a slot gets a line; the last slot one for its level and one for 100. */
static void append_lines(const struct histogram *histogram, struct buffer *out)
{
    uint64_t seen = 0;
    double level = 0;
    for (int32_t slot = 0; seen < histogram->total; slot++) {
        if (histogram->counts[slot] == 0)
            continue;
        seen += histogram->counts[slot];
        bool last = seen == histogram->total;
        while (100.0 * (double)seen / (double)histogram->total >= level) {
            append_line(histogram, slot, level, seen, out);
            if (last)
                break;
            level = hdr_next_level(level);
        }
        if (last)
            append_line(histogram, slot, 100.0, seen, out);
    }
}

/* From the middles of the slots, in ms. */
static double deviation(const struct histogram *histogram)
{
    double mean = histogram_mean(histogram);
    double sum = 0;
    const int32_t last = histogram_slot(histogram, histogram->max);
    for (int32_t slot = histogram_slot(histogram, histogram->min); slot <= last; slot++) {
        double low = (double)histogram_slot_lowest(histogram, slot);
        double high = (double)histogram_slot_highest(histogram, slot);
        double distance = (low + high + 1) / 2 - mean;
        sum += distance * distance * (double)histogram->counts[slot];
    }
    return histogram->total ? sqrt(sum / (double)histogram->total) / (double)NS_PER_MS : 0;
}

/*
 * Appends the distribution of a histogram of ns, in ms, line by line what HdrHistogram's own
 * outputPercentileDistribution writes with 5 ticks per half distance.
 */
static void write_hgrm(const struct histogram *histogram, struct buffer *out)
{
    int digits = histogram->significant_digits;
    double max =
        histogram->total
            ? clock_ms(histogram_slot_highest(histogram, histogram_slot(histogram, histogram->max)))
            : 0;
    buffer_append_format(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
                         "1/(1-Percentile)");
    append_lines(histogram, out);
    buffer_append_format(out, "#[Mean    = %12.*f, StdDeviation   = %12.*f]\n", digits,
                         histogram_mean(histogram) / (double)NS_PER_MS, digits,
                         deviation(histogram));
    buffer_append_format(out, "#[Max     = %12.*f, Total count    = %12llu]\n", digits, max,
                         (unsigned long long)histogram->total);
    buffer_append_format(out, "#[Buckets = %12d, SubBuckets     = %12d]\n",
                         (int)histogram->bucket_count, (int)histogram->sub_bucket_count);
}

int report_hgrm(const struct result *result, report_sink sink, const void *context)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < result->cell_count * 2; i++) {
        const struct cell *cell = &result->cells[i / 2];
        bool alone = i % 2;
        if (alone && !cell->has_baseline)
            continue;
        CLEANUP(buffer_deinit)
        struct buffer text = {0};
        char name[TAG_SIZE];
        name_cell(result, cell, alone, name);
        write_hgrm(alone ? &cell->baseline.response : &cell->stats.response, &text);
        r = text.error ? text.error : sink(context, name, &text);
    }
    return r;
}
