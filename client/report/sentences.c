/* sentences.c: see sentences.h. */
#include "report/sentences.h"

#include "analysis/difference.h"
#include "base/error.h"
#include "report/advice.h"
#include "report/findings_text.h"
#include "report/label.h"
#include "report/ms.h"
#include "report/ranking_text.h"

#include <stdio.h>
#include <string.h>

struct ratio_text {
    char text[32];
};

static struct ratio_text ratio_text(double ratio)
{
    struct ratio_text out;
    snprintf(out.text, sizeof out.text, ratio < 9.95 ? "%.1f" : "%.0f", ratio);
    return out;
}

/* Good replies of the large classes of the same server. */
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

static void tell_server(struct buffer *out, const struct cell *cell)
{
    if (!cell->has_server || cell->traits.thread_per_connection == TRAIT_UNKNOWN) {
        buffer_append_text(out, ".\n");
        return;
    }
    bool holds_nobody = cell->traits.thread_per_connection == TRAIT_YES;
    buffer_append_format(out,
                         holds_nobody ? "; the server's longest callback took %s ms, on a "
                                        "connection's own thread: it held nobody else.\n"
                                      : "; the server's own longest loop hold was %s ms.\n",
                         ms_text(cell->server.loop_hold.max).text);
}

/* "from 0.296 to 116 ms at p50 (x 391, 95 % interval 310 to 420)"; without an interval, none. */
static void tell_percentile(const struct cell_findings *found, int index, struct buffer *out)
{
    double percent = interference_percents[index];
    const struct cell *cell = found->cell;
    const struct estimate *ratio = &found->interference.ratios[index];
    buffer_append_format(out, "from %s to %s ms at p%g (x %s",
                         ms_text_ns(histogram_percentile(&cell->baseline.response, percent)).text,
                         ms_text_ns(histogram_percentile(&cell->stats.response, percent)).text,
                         percent, ratio_text(ratio->value).text);
    if (ratio->bounded)
        buffer_append_format(out, ", 95 %% interval %s to %s", ratio_text(ratio->low).text,
                             ratio_text(ratio->high).text);
    buffer_append_text(out, ")");
}

static void tell_collateral(struct buffer *out, const struct estimate *estimate)
{
    if (!estimate->known)
        return;
    buffer_append_format(out, "; each large request cost them %s ms of extra waiting in all",
                         ms_text(estimate->value).text);
    if (estimate->bounded)
        buffer_append_format(out, " (%s to %s)", ms_text(estimate->low).text,
                             ms_text(estimate->high).text);
}

static void tell_cell(const struct result *result, const struct cell_findings *found,
                      struct buffer *out)
{
    const struct cell *cell = found->cell;
    int highest = interference_highest(&found->interference);
    buffer_append_format(out, "%s: ", label_of(cell).text);
    if (highest < 0 || !sentences_are_due(result, cell)) {
        buffer_append_format(out,
                             "too few good replies to say what large requests did to %s ones.\n",
                             cell->class->name);
        return;
    }
    buffer_append_format(out, "with large requests running, %s ones went ", cell->class->name);
    if (highest > 0) {
        tell_percentile(found, 0, out);
        buffer_append_text(out, " and ");
    }
    tell_percentile(found, highest, out);
    buffer_append_format(out, "; the longest stall was %s ms",
                         ms_text(figures_of(&cell->stats.response).max).text);
    tell_collateral(out, &found->interference.collateral_ms);
    tell_server(out, cell);
}

int sentences_percentile(const struct findings *findings)
{
    int common = INTERFERENCE_PERCENTS - 1;
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        const struct cell_findings *found = &findings->cells[i];
        int highest = interference_highest(&found->interference);
        if (sentences_are_due(findings->result, found->cell) && highest < common)
            common = highest;
    }
    return common;
}

/* One system; where bodies are parsed as they arrive is a group of its own. */
static bool same_group(const struct cell *a, const struct cell *b)
{
    return strcmp(a->mode, b->mode) == 0 && a->traits.incremental == b->traits.incremental;
}

struct range_text {
    char text[72];
};

/* "1187 to 1300" or "1.4": the ratios of a group over its endpoints and classes; "": none. */
static struct range_text range_of(const struct findings *findings, const struct cell *group,
                                  int index)
{
    struct range_text out = {""};
    double low = 0;
    double high = 0;
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        const struct cell_findings *found = &findings->cells[i];
        if (!same_group(found->cell, group) || !sentences_are_due(findings->result, found->cell))
            continue;
        double ratio = found->interference.ratios[index].value;
        low = low > 0 && low < ratio ? low : ratio;
        high = high > ratio ? high : ratio;
    }
    struct ratio_text ends[2] = {ratio_text(low), ratio_text(high)};
    bool one = strcmp(ends[0].text, ends[1].text) == 0;
    if (high > 0)
        snprintf(out.text, sizeof out.text, "%s%s%s", ends[0].text, one ? "" : " to ",
                 one ? "" : ends[1].text);
    return out;
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

static void tell_modes(const struct findings *findings, struct buffer *out)
{
    const struct result *result = findings->result;
    int index = sentences_percentile(findings);
    size_t told = 0;
    if (result->subject_count < 2 || index < 0)
        return;
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        struct range_text range = range_of(findings, cell, index);
        if (!is_first_of_group(result, i) || !range.text[0])
            continue;
        if (told++)
            buffer_append_format(out, ", by %s in %s", range.text, cell->mode);
        else
            buffer_append_format(out,
                                 "So the same large requests multiplied the p%g of smaller ones "
                                 "by %s in %s",
                                 interference_percents[index], range.text, cell->mode);
        if (cell->traits.incremental == TRAIT_YES)
            buffer_append_format(out, " %s", cell->endpoint);
    }
    if (told)
        buffer_append_text(out, ".\n");
}

/* One thread for all that keeps no document, or a thread each that keeps it whole. */
static bool is_of_kind(const struct traits *traits, bool loop)
{
    if (loop)
        return traits->one_loop == TRAIT_YES && traits->incremental == TRAIT_YES &&
               traits->whole_document == TRAIT_NO;
    return traits->thread_per_connection == TRAIT_YES && traits->whole_document == TRAIT_YES;
}

/* The first ranked row of that kind whose figures are known, or NULL. */
static const struct ranking_row *find_row(const struct ranking *ranking, bool loop)
{
    for (size_t i = 0; i < ranking->count; i++) {
        const struct ranking_row *row = &ranking->rows[i];
        if (row->small && row->values[RANKING_SMALL].known && row->values[RANKING_MEMORY].known &&
            row->large && row->large->stats.ok && is_of_kind(&row->small->traits, loop))
            return row;
    }
    return NULL;
}

/* What one thread does that parses as the body arrives, beside a thread per connection. */
static void tell_stream(const struct ranking *ranking, struct buffer *out)
{
    const struct ranking_row *loop = find_row(ranking, true);
    const struct ranking_row *threads = find_row(ranking, false);
    if (!loop || !threads)
        return;
    size_t first = (size_t)(loop - ranking->rows);
    size_t second = (size_t)(threads - ranking->rows);
    const char *verdict = ", as far as this run can tell, as responsive as";
    if (ranking_is_better(ranking, RANKING_SMALL, second, first))
        verdict = " less responsive than";
    else if (ranking_is_better(ranking, RANKING_SMALL, first, second))
        verdict = " more responsive than";
    else if (ranking->round_count < DIFFERENCE_ROUNDS_LEAST)
        verdict = ", in so few rounds, not to be told apart from";
    buffer_append_format(
        out,
        "One event loop in one thread that parses bodies as they arrive (%s %s) is%s a "
        "thread per connection that parses them whole (%s %s): %s %s ms against %s ms, with "
        "%s MB of memory at its peak against %s MB.\n",
        loop->subject->mode, loop->subject->endpoint, verdict, threads->subject->mode,
        threads->subject->endpoint, ranking_phrase(ranking, RANKING_SMALL).text,
        ms_text(loop->values[RANKING_SMALL].value).text,
        ms_text(threads->values[RANKING_SMALL].value).text,
        ms_text(loop->values[RANKING_MEMORY].value).text,
        ms_text(threads->values[RANKING_MEMORY].value).text);
}

void sentences_cells(const struct findings *findings, struct buffer *out)
{
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        if (findings->cells[i].cell->has_baseline)
            tell_cell(findings->result, &findings->cells[i], out);
    }
}

void sentences_closing(const struct findings *findings, struct buffer *out)
{
    findings_text_costs(findings, out);
    tell_modes(findings, out);
    tell_stream(&findings->ranking, out);
    advice_write(&findings->ranking, out);
}
