/* sentences.c: see sentences.h. */
#include "sentences.h"

#include "base/error.h"
#include "report.h"

#include <stdio.h>
#include <string.h>

enum { RATIO_SIZE = 32 };

static void format_ratio(double ratio, char out[RATIO_SIZE])
{
    snprintf(out, RATIO_SIZE, ratio < 9.95 ? "%.1f" : "%.0f", ratio);
}

/* Good replies of the large classes of the same mode and endpoint. */
static uint64_t heavy_ok(const struct result *result, const struct cell *cell)
{
    uint64_t ok = 0;
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *other = &result->cells[i];
        bool same = strcmp(other->mode, cell->mode) == 0 && other->subject == cell->subject;
        if (same && other->heavy)
            ok += other->stats.ok;
    }
    return ok;
}

static bool is_told(const struct result *result, const struct cell *cell)
{
    return cell->has_baseline && cell->baseline.ok && cell->stats.ok && heavy_ok(result, cell);
}

static int tell_server(struct buffer *out, const struct cell *cell)
{
    char hold[REPORT_MS_SIZE];
    if (!cell->has_server)
        return buffer_append_text(out, ".\n");
    report_format_ms(cell->server.loop_hold.max, hold);
    if (strcmp(cell->server.mode, "threads") == 0)
        return buffer_append_format(out,
                                    "; the server's longest callback took %s ms, on a "
                                    "connection's own thread: it held nobody else.\n",
                                    hold);
    return buffer_append_format(out, "; the server's own longest loop hold was %s ms.\n", hold);
}

static int tell_cell(const struct result *result, const struct cell *cell, struct buffer *out)
{
    const char *name = cell->class->name;
    int r = buffer_append_format(out, "%s %s: ", cell->mode, cell->endpoint);
    if (r == 0 && !is_told(result, cell))
        return buffer_append_format(out,
                                    "too few good replies to say what large requests did to "
                                    "%s ones.\n",
                                    name);
    struct figures without = figures_of(&cell->baseline.response);
    struct figures with = figures_of(&cell->stats.response);
    const double values[] = {without.p50, with.p50, without.p99, with.p99, with.max};
    char ms[ARRAY_LENGTH(values)][REPORT_MS_SIZE];
    char ratios[2][RATIO_SIZE];
    for (size_t i = 0; i < ARRAY_LENGTH(values); i++)
        report_format_ms(values[i], ms[i]);
    format_ratio(cell_interference(cell, 50), ratios[0]);
    format_ratio(cell_interference(cell, 99), ratios[1]);
    if (r == 0)
        r = buffer_append_format(out,
                                 "with large requests running, %s ones went from %s to %s ms at "
                                 "p50 (x %s) and from %s to %s ms at p99 (x %s); the longest "
                                 "stall was %s ms",
                                 name, ms[0], ms[1], ratios[0], ms[2], ms[3], ratios[1], ms[4]);
    return r ? r : tell_server(out, cell);
}

/* "1187 to 1300" or "1.4": the p99 ratios of a mode over its endpoints and classes. */
static bool range_of(const struct result *result, const char *mode, char out[RATIO_SIZE * 3])
{
    double low = 0;
    double high = 0;
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        if (strcmp(cell->mode, mode) != 0 || !is_told(result, cell))
            continue;
        double ratio = cell_interference(cell, 99);
        low = low > 0 && low < ratio ? low : ratio;
        high = high > ratio ? high : ratio;
    }
    char ends[2][RATIO_SIZE];
    format_ratio(low, ends[0]);
    format_ratio(high, ends[1]);
    bool one = strcmp(ends[0], ends[1]) == 0;
    snprintf(out, RATIO_SIZE * 3, "%s%s%s", ends[0], one ? "" : " to ", one ? "" : ends[1]);
    return high > 0;
}

static int tell_end(const struct result *result, struct buffer *out)
{
    const struct options *options = result->options;
    int r = 0;
    size_t told = 0;
    for (size_t i = 0; r == 0 && i < options->mode_count; i++) {
        char range[RATIO_SIZE * 3];
        if (!range_of(result, options->modes[i], range))
            continue;
        r = told++ ? buffer_append_format(out, ", by %s in %s", range, options->modes[i])
                   : buffer_append_format(out,
                                          "So the same large requests multiplied the p99 of "
                                          "smaller ones by %s in %s",
                                          range, options->modes[i]);
    }
    return r || told == 0 ? r : buffer_append_text(out, ".\n");
}

int sentences_write(struct result *result)
{
    struct buffer *out = &result->sentences;
    int r = 0;
    for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
        if (result->cells[i].has_baseline)
            r = tell_cell(result, &result->cells[i], out);
    }
    return r ? r : tell_end(result, out);
}
