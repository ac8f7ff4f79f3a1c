/* sentences.c: see sentences.h. */
#include "report/sentences.h"

#include "analysis/percentile.h"
#include "report/advice.h"
#include "report/change.h"
#include "report/findings_text.h"
#include "report/label.h"
#include "report/ms.h"
#include "report/ranking_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Good replies of the large classes of the same server. */
static uint64_t heavy_ok(const struct result *result, const struct cell *cell)
{
    uint64_t ok = 0;
    const struct cell *large = NULL;
    while ((large = result_next_large(result, cell, large)) != NULL)
        ok += large->stats.ok;
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

/* "from 0.296 to 116 ms at p50 (x 391, 95 % interval 310 to 420)". */
static void tell_percentile(const struct cell_findings *found, int index, struct buffer *out)
{
    double percent = interference_percents[index];
    const struct estimate *ratio = &found->interference.ratios[index];
    buffer_append_format(out, "from %s to %s ms at p%g (%s)",
                         ms_text_response(&found->cell->baseline, percent).text,
                         ms_text_response(&found->cell->stats, percent).text, percent,
                         change_text(ratio, "95 % interval ").text);
}

static void tell_collateral(struct buffer *out, const struct estimate *estimate)
{
    if (!estimate->known)
        return;
    if (interval_holds_zero(estimate))
        buffer_append_format(out, "; no extra waiting is shown (%s to %s ms for each large one)",
                             ms_text(estimate->low).text, ms_text(estimate->high).text);
    else
        buffer_append_format(out, "; each large request cost them %s ms of extra waiting in all",
                             ms_text(estimate->value).text);
    if (estimate->bounded && !interval_holds_zero(estimate))
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

/* What a run shows at a percentile of a group of cells, which are one system's. */
struct group {
    const struct findings *findings;
    const struct cell *first;
    int index;     /* of the percentile */
    int direction; /* of the change, as interval_direction tells it */
};

static bool is_in_group(const struct group *group, const struct cell_findings *found)
{
    const struct cell *cell = found->cell;
    const struct estimate *ratio = &found->interference.ratios[group->index];
    return strcmp(cell->label, group->first->label) == 0 &&
           cell->traits.incremental == group->first->traits.incremental &&
           sentences_are_due(group->findings->result, cell) && ratio->bounded &&
           interval_direction(ratio) == group->direction;
}

/* The ratios of a group whose change is shown, else what all their intervals span. */
static struct change_text range_of(const struct group *group)
{
    double low = HUGE_VAL;
    double high = 0;
    for (size_t i = 0; i < group->findings->result->cell_count; i++) {
        const struct cell_findings *found = &group->findings->cells[i];
        const struct estimate *ratio = &found->interference.ratios[group->index];
        if (!is_in_group(group, found))
            continue;
        low = fmin(low, group->direction ? ratio->value : ratio->low);
        high = fmax(high, group->direction ? ratio->value : ratio->high);
    }
    return change_range(low, high);
}

/* The first cell of each group is where it is told. */
static bool begins_group(const struct group *group, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (is_in_group(group, &group->findings->cells[i]))
            return false;
    }
    return is_in_group(group, &group->findings->cells[index]);
}

/* A system, with its endpoint where the others of the system are told apart from this one. */
static void append_group(const struct group *group, struct buffer *out)
{
    bool parted = group->first->traits.incremental == TRAIT_YES;
    struct group others = *group;
    for (others.direction = -1; others.direction <= 1; others.direction++) {
        if (others.direction == group->direction)
            continue;
        for (size_t i = 0; i < group->findings->result->cell_count; i++)
            parted = parted || is_in_group(&others, &group->findings->cells[i]);
    }
    buffer_append_text(out, group->first->label);
    for (size_t i = 0, told = 0; parted && i < group->findings->result->cell_count; i++) {
        const struct cell_findings *found = &group->findings->cells[i];
        if (is_in_group(group, found))
            buffer_append_format(out, "%s%s", told++ ? " and " : " ", found->cell->endpoint);
    }
}

/* One sentence on all systems whose change has this direction. No large request makes others
 * faster, so that is told with what else it may be. */
static void tell_groups(const struct findings *findings, int index, int direction,
                        struct buffer *out)
{
    static const char *const beginnings[][2] = {
        {"The ", " was lower beside large requests, which may be chance (one such interval in "
                 "twenty misses the truth), in "},
        {"No change of the ", " is shown in "},
        {"So the same large requests multiplied the ", " of smaller ones "},
    };
    const char *const *beginning = beginnings[direction + 1];
    size_t told = 0;
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        const struct group group = {findings, &findings->result->cells[i], index, direction};
        if (!begins_group(&group, i))
            continue;
        if (told++ == 0)
            buffer_append_format(out, "%sp%g%s", beginning[0], interference_percents[index],
                                 beginning[1]);
        else
            buffer_append_text(out, ", ");
        if (direction > 0)
            buffer_append_format(out, "by %s in ", range_of(&group).text);
        append_group(&group, out);
        if (direction <= 0)
            buffer_append_format(out, " (%s%s)", direction ? "x " : "", range_of(&group).text);
    }
    if (told)
        buffer_append_text(out, ".\n");
}

static void tell_modes(const struct findings *findings, struct buffer *out)
{
    int index = sentences_percentile(findings);
    if (findings->result->subject_count < 2 || index < 0)
        return;
    for (int direction = 1; direction >= -1; direction--)
        tell_groups(findings, index, direction, out);
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
    double seen = ranking->seen[RANKING_SMALL];
    char verdict[160] = ", in so few rounds, not to be told apart from";
    if (ranking_is_better(ranking, RANKING_SMALL, second, first))
        snprintf(verdict, sizeof verdict, " less responsive than");
    else if (ranking_is_better(ranking, RANKING_SMALL, first, second))
        snprintf(verdict, sizeof verdict, " more responsive than");
    else if (seen > 0)
        snprintf(verdict, sizeof verdict,
                 " not shown to be more or less responsive (x %.20s would have been seen) than",
                 change_range(seen, seen).text);
    buffer_append_format(
        out,
        "One event loop in one thread that parses bodies as they arrive (%s %s) is%s a "
        "thread per connection that parses them whole (%s %s): %s %s ms against %s ms, with "
        "%s MB of memory at its peak against %s MB.\n",
        loop->subject->label, loop->subject->endpoint, verdict, threads->subject->label,
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
