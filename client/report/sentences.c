/* sentences.c: see sentences.h. */
#include "report/sentences.h"

#include "analysis/connection_cost.h"
#include "analysis/difference.h"
#include "analysis/ranking.h"
#include "base/clock.h"
#include "base/error.h"
#include "report/advice.h"
#include "report/report.h"

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

bool sentences_are_due(const struct result *result, const struct cell *cell)
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

/* "x 391 (310 to 420)"; the interval only when there is one. */
static int tell_ratio(struct buffer *out, const struct estimate *estimate)
{
    char texts[3][RATIO_SIZE];
    format_ratio(estimate->value, texts[0]);
    format_ratio(estimate->low, texts[1]);
    format_ratio(estimate->high, texts[2]);
    if (!estimate->bounded)
        return buffer_append_format(out, "x %s", texts[0]);
    return buffer_append_format(out, "x %s, 95 %% interval %s to %s", texts[0], texts[1], texts[2]);
}

/* "from 0.296 to 116 ms at p50 (x 391)". */
static int tell_percentile(struct buffer *out, const struct cell *cell, int index)
{
    double percent = interference_percents[index];
    char texts[2][REPORT_MS_SIZE];
    const struct histogram *sides[] = {&cell->baseline.response, &cell->stats.response};
    for (size_t i = 0; i < ARRAY_LENGTH(sides); i++)
        report_format_ms((double)histogram_percentile(sides[i], percent) / (double)NS_PER_MS,
                         texts[i]);
    int r = buffer_append_format(out, "from %s to %s ms at p%g (", texts[0], texts[1], percent);
    if (r == 0)
        r = tell_ratio(out, &cell->interference.ratios[index]);
    return r ? r : buffer_append_text(out, ")");
}

static int tell_collateral(struct buffer *out, const struct estimate *estimate)
{
    char texts[3][REPORT_MS_SIZE];
    if (!estimate->known)
        return 0;
    report_format_ms(estimate->value, texts[0]);
    report_format_ms(estimate->low, texts[1]);
    report_format_ms(estimate->high, texts[2]);
    int r = buffer_append_format(
        out, "; each large request cost them %s ms of extra waiting in all", texts[0]);
    if (r == 0 && estimate->bounded)
        r = buffer_append_format(out, " (%s to %s)", texts[1], texts[2]);
    return r;
}

static int tell_cell(const struct result *result, const struct cell *cell, struct buffer *out)
{
    const struct interference *found = &cell->interference;
    char longest[REPORT_MS_SIZE];
    int highest = interference_highest(found);
    int r =
        buffer_append_format(out, "%s%s%s: ", cell->mode, cell->mode[0] ? " " : "", cell->endpoint);
    if (r == 0 && (highest < 0 || !sentences_are_due(result, cell)))
        return buffer_append_format(out,
                                    "too few good replies to say what large requests did to "
                                    "%s ones.\n",
                                    cell->class->name);
    report_format_ms(figures_of(&cell->stats.response).max, longest);
    if (r == 0)
        r = buffer_append_format(out, "with large requests running, %s ones went ",
                                 cell->class->name);
    if (r == 0 && highest > 0)
        r = tell_percentile(out, cell, 0);
    if (r == 0 && highest > 0)
        r = buffer_append_text(out, " and ");
    if (r == 0)
        r = tell_percentile(out, cell, highest);
    if (r == 0)
        r = buffer_append_format(out, "; the longest stall was %s ms", longest);
    if (r == 0)
        r = tell_collateral(out, &found->collateral_ms);
    return r ? r : tell_server(out, cell);
}

int sentences_percentile(const struct result *result)
{
    int common = INTERFERENCE_PERCENTS - 1;
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        int highest = interference_highest(&cell->interference);
        if (sentences_are_due(result, cell) && highest < common)
            common = highest;
    }
    return common;
}

static bool is_stream(const struct cell *cell)
{
    return strcmp(cell->endpoint, "/stream") == 0;
}

/* One mode; where bodies are parsed as they arrive is a group of its own. */
static bool same_group(const struct cell *a, const struct cell *b)
{
    return strcmp(a->mode, b->mode) == 0 && is_stream(a) == is_stream(b);
}

/* "1187 to 1300" or "1.4": the ratios of a group over its endpoints and classes. */
static bool range_of(const struct result *result, const struct cell *group, int index,
                     char out[RATIO_SIZE * 3])
{
    double low = 0;
    double high = 0;
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        if (!same_group(cell, group) || !sentences_are_due(result, cell))
            continue;
        double ratio = cell->interference.ratios[index].value;
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

/* Whether no cell before is of the group of this one. */
static bool is_first_of_group(const struct result *result, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (same_group(&result->cells[i], &result->cells[index]))
            return false;
    }
    return true;
}

static int tell_modes(const struct result *result, struct buffer *out)
{
    int index = sentences_percentile(result);
    int r = 0;
    size_t told = 0;
    if (result->subject_count < 2 || index < 0)
        return 0;
    for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        char range[RATIO_SIZE * 3];
        if (!is_first_of_group(result, i) || !range_of(result, cell, index, range))
            continue;
        r = told++ ? buffer_append_format(out, ", by %s in %s", range, cell->mode)
                   : buffer_append_format(out,
                                          "So the same large requests multiplied the p%g of "
                                          "smaller ones by %s in %s",
                                          interference_percents[index], range, cell->mode);
        if (r == 0 && is_stream(cell))
            r = buffer_append_text(out, " /stream");
    }
    return r || told == 0 ? r : buffer_append_text(out, ".\n");
}

/* The first ranked row whose looplagd runs in `mode`, of an endpoint; NULL: none, or unknown. */
static const struct ranking_row *find_row(const struct ranking *ranking, const char *mode,
                                          const char *endpoint)
{
    for (size_t i = 0; i < ranking->count; i++) {
        const struct ranking_row *row = &ranking->rows[i];
        if (row->small && row->small->has_server && row->values[RANKING_SMALL].known &&
            row->values[RANKING_MEMORY].known && row->large && row->large->stats.ok &&
            strcmp(row->small->server.mode, mode) == 0 &&
            strcmp(row->subject->endpoint, endpoint) == 0)
            return row;
    }
    return NULL;
}

/* What one thread does that parses as the body arrives, beside a thread per connection. */
static int tell_stream(const struct ranking *ranking, struct buffer *out)
{
    const struct ranking_row *loop = find_row(ranking, "select", "/stream");
    const struct ranking_row *threads = find_row(ranking, "threads", "/ping");
    if (!loop || !threads)
        return 0;
    size_t first = (size_t)(loop - ranking->rows);
    size_t second = (size_t)(threads - ranking->rows);
    const char *verdict = ", as far as this run can tell, as responsive as";
    if (ranking_is_better(ranking, RANKING_SMALL, second, first))
        verdict = " less responsive than";
    else if (ranking_is_better(ranking, RANKING_SMALL, first, second))
        verdict = " more responsive than";
    else if (ranking->round_count < DIFFERENCE_ROUNDS_LEAST)
        verdict = ", in so few rounds, not to be told apart from";
    char phrase[RANKING_PHRASE_SIZE];
    char texts[4][REPORT_MS_SIZE];
    ranking_phrase(ranking, RANKING_SMALL, phrase);
    report_format_ms(loop->values[RANKING_SMALL].value, texts[0]);
    report_format_ms(threads->values[RANKING_SMALL].value, texts[1]);
    report_format_ms(loop->values[RANKING_MEMORY].value, texts[2]);
    report_format_ms(threads->values[RANKING_MEMORY].value, texts[3]);
    return buffer_append_format(
        out,
        "One event loop in one thread that parses bodies as they arrive (%s /stream) is%s a "
        "thread per connection that parses them whole (%s /ping): %s %s ms against %s ms, with "
        "%s MB of memory at its peak against %s MB.\n",
        loop->subject->mode, verdict, threads->subject->mode, phrase, texts[0], texts[1], texts[2],
        texts[3]);
}

int sentences_write(struct result *result)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < result->cell_count; i++) {
        if (result->cells[i].has_baseline)
            r = tell_cell(result, &result->cells[i], &result->sentences);
    }
    if (r == 0)
        r = connection_cost_tell(result, &result->closing);
    if (r == 0)
        r = tell_modes(result, &result->closing);
    if (r == 0)
        r = tell_stream(&result->ranking, &result->closing);
    return r ? r : advice_write(&result->ranking, &result->closing);
}
