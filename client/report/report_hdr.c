/*
 * report_hdr.c: a result in HdrHistogram's two file formats: one interval log
 * with a line per window, and one percentile file per row of the table.
 */
#include "report/report.h"

#include "base/clock.h"
#include "base/error.h"
#include "report/hdr_codec.h"
#include "report/hgrm.h"

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
        snprintf(out + used, TAG_SIZE - (size_t)used, "%s%s-%s", cell->mode[0] ? "-" : "",
                 cell->mode, path);
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
                         (double)window->stats.response.max / (double)NS_PER_MS);
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
        hgrm_write(alone ? &cell->baseline.response : &cell->stats.response, &text);
        r = text.error ? text.error : sink(context, name, &text);
    }
    return r;
}
