/* answer_table.c: see answer_table.h. */
#include "report/answer_table.h"

#include "analysis/percentile.h"
#include "base/error.h"
#include "report/change.h"
#include "report/label.h"
#include "report/ms.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A bar has a few columns at least, or is left out. Small differences do not fill it. */
enum { BAR_LEAST = 5, BAR_MOST = 14, BAR_FULL_LEAST = 10 };

/* What stands between the columns: "  ", " -> ", "  " and "  ". */
enum { GAPS = 10, BAR_GAP = 2 };

/* "x 635 (430 to 930)", "no change shown (0.6 to 2.1)": at most ANSWER_WIDTH / 2 columns. */
struct effect_text {
    char text[48];
};

struct line {
    struct label label;
    struct ms_text alone;
    struct ms_text with;
    struct ms_text longest;
    struct effect_text effect;
    double
        growth; /* for the bar: with / alone; 1 where no change is shown; 0 where none is known */
};

/* How wide the columns are. */
struct widths {
    int label, alone, with, longest, bar;
};

bool answer_has_baseline(const struct result *result)
{
    for (size_t i = 0; i < result->cell_count; i++) {
        if (result->cells[i].has_baseline)
            return true;
    }
    return false;
}

static struct effect_text effect_text(const struct estimate *ratio)
{
    struct effect_text out;
    struct change_text value = change_range(ratio->value, ratio->value);
    struct change_text range = change_range(ratio->low, ratio->high);
    if (!ratio->known)
        snprintf(out.text, sizeof out.text, "cannot be told");
    else if (ratio->at_least)
        snprintf(out.text, sizeof out.text, "x %.12s or more", value.text);
    else if (!ratio->bounded)
        snprintf(out.text, sizeof out.text, "x %.12s, no interval", value.text);
    else if (interval_shows_change(ratio))
        snprintf(out.text, sizeof out.text, "x %.12s (%.22s)", value.text, range.text);
    else
        snprintf(out.text, sizeof out.text, "no change shown (%.22s)", range.text);
    return out;
}

/* A request without a good reply took at least as long as it was waited for. */
static struct ms_text longest_text(const struct class_stats *stats)
{
    bool lost = stats->censored.total && stats->censored.max > stats->response.max;
    struct percentile longest = {
        .known = stats->response.total && !lost,
        .at_least = lost,
        .ns = lost ? stats->censored.max : stats->response.max,
    };
    return ms_text_percentile(&longest);
}

static struct line line_of(const struct findings *findings, const struct cell_findings *found,
                           int index)
{
    const struct cell *cell = found->cell;
    const struct estimate *ratio = &found->interference.ratios[index];
    bool hidden = ratio->bounded && !interval_shows_change(ratio);
    return (struct line){
        .label = label_in(findings->result, cell),
        .alone = ms_text_response(&cell->baseline, interference_percents[index]),
        .with = ms_text_response(&cell->stats, interference_percents[index]),
        .longest = longest_text(&cell->stats),
        .effect = effect_text(ratio),
        .growth = !ratio->known ? 0
                  : hidden      ? 1
                                : ratio->value,
    };
}

static int wider(int width, const char *text)
{
    int length = (int)strlen(text);
    return length > width ? length : width;
}

/* Labels are cut where they have to be, and the bar gets what they leave. */
static struct widths measure(const struct line *lines, size_t count, const char *title)
{
    struct widths widths = {.label = 6, .alone = 5, .with = 4, .longest = 7};
    int effect = (int)strlen(title);
    for (size_t i = 0; i < count; i++) {
        widths.label = wider(widths.label, lines[i].label.text);
        widths.alone = wider(widths.alone, lines[i].alone.text);
        widths.with = wider(widths.with, lines[i].with.text);
        widths.longest = wider(widths.longest, lines[i].longest.text);
        effect = wider(effect, lines[i].effect.text);
    }
    int room = ANSWER_WIDTH - widths.alone - widths.with - widths.longest - effect - GAPS;
    widths.label = widths.label < room ? widths.label : room;
    widths.bar = room - widths.label - BAR_GAP;
    widths.bar = widths.bar < BAR_LEAST ? 0 : widths.bar > BAR_MOST ? BAR_MOST : widths.bar;
    return widths;
}

/* A bar whose length grows with the logarithm: full for `most`, a mark for 1 and less. */
static void append_bar(double growth, double most, int width, bool blocks, struct buffer *out)
{
    static const char *const eighths[] = {"",       "\u258f", "\u258e", "\u258d",
                                          "\u258c", "\u258b", "\u258a", "\u2589"};
    int steps = blocks ? 8 : 1;
    double share = growth > 1 ? fmin(log(growth) / log(most), 1) : 0;
    int parts = (int)lround(share * width * steps);
    if (growth > 0 && parts == 0)
        parts = 1;
    for (int i = 0; i < parts / steps; i++)
        buffer_append_text(out, blocks ? "\u2588" : "#");
    buffer_append_text(out, eighths[parts % steps]);
    buffer_append_format(out, "%*s", width - (parts + steps - 1) / steps + BAR_GAP, "");
}

/* The label, cut with ".." where it is wider; never within a character. */
static void append_label(const char *label, int width, struct buffer *out)
{
    int length = (int)strlen(label);
    int kept = length > width ? width - 2 : length;
    while (kept < length && kept > 0 && ((unsigned char)label[kept] & 0xc0) == 0x80)
        kept--;
    buffer_append_format(out, "%.*s%-*s  ", kept, label, width - kept, kept < length ? ".." : "");
}

static void append_lines(const struct line *lines, size_t count, double percent, bool blocks,
                         struct buffer *out)
{
    char title[64];
    snprintf(title, sizeof title, "effect on p%g (95 %% sure)", percent);
    struct widths widths = measure(lines, count, title);
    double most = BAR_FULL_LEAST;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, lines[i].growth);
    append_label("system", widths.label, out);
    buffer_append_format(out, "%*s -> %-*s  %*s  ", widths.alone, "alone", widths.with, "with",
                         widths.longest, "longest");
    if (widths.bar)
        buffer_append_format(out, "%-*s", widths.bar + BAR_GAP,
                             widths.bar >= 9 ? "log scale" : "(log)");
    buffer_append_format(out, "%s\n", title);
    for (size_t i = 0; i < count; i++) {
        const struct line *line = &lines[i];
        append_label(line->label.text, widths.label, out);
        buffer_append_format(out, "%*s -> %-*s  %*s  ", widths.alone, line->alone.text, widths.with,
                             line->with.text, widths.longest, line->longest.text);
        if (widths.bar)
            append_bar(line->growth, most, widths.bar, blocks, out);
        buffer_append_format(out, "%s\n", line->effect.text);
    }
    if (widths.bar)
        buffer_append_text(out,
                           "The bar, on a log scale: how many times longer with large ones.\n");
}

/* Explains the dashes, if there are any. */
static void append_dash(bool some, struct buffer *out)
{
    if (some)
        buffer_append_text(out, "-: too few replies to tell.\n");
}

static bool is_dash(struct ms_text text)
{
    return strcmp(text.text, "-") == 0;
}

void answer_table_effects(const struct findings *findings, int index, bool blocks,
                          struct buffer *out)
{
    size_t count = 0;
    bool dashes = false;
    struct line *lines = calloc(findings->result->cell_count + 1, sizeof *lines);
    if (!lines)
        out->error = -ENOMEM;
    for (size_t i = 0; lines && i < findings->result->cell_count; i++) {
        if (!findings->cells[i].cell->has_baseline)
            continue;
        lines[count] = line_of(findings, &findings->cells[i], index);
        dashes = dashes || is_dash(lines[count].alone) || is_dash(lines[count].with);
        count++;
    }
    if (lines)
        append_lines(lines, count, interference_percents[index], blocks, out);
    append_dash(dashes, out);
    free(lines);
}

void answer_table_cells(const struct result *result, struct buffer *out)
{
    enum { LABEL = 33 };
    bool dashes = false;
    append_label("response times in ms", LABEL, out);
    buffer_append_format(out, "%9s  %9s  %9s  %9s\n", "replies", "median", "p99", "longest");
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        struct ms_text median = ms_text_response(&cell->stats, 50);
        struct ms_text p99 = ms_text_response(&cell->stats, 99);
        char label[sizeof(struct label) + CLASS_NAME_SIZE];
        snprintf(label, sizeof label, "%s %s", label_of(cell).text, cell->class->name);
        append_label(label, LABEL, out);
        buffer_append_format(out, "%9llu  %9s  %9s  %9s\n", (unsigned long long)cell->stats.ok,
                             median.text, p99.text, longest_text(&cell->stats).text);
        dashes = dashes || is_dash(median) || is_dash(p99);
    }
    append_dash(dashes, out);
}
