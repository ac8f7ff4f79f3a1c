/*
 * answer.c: see answer.h. The sentences claim only what the run shows: a change
 * where the interval of the ratio lies beyond 1, a cause where one event loop
 * told its times.
 */
#include "report/answer.h"

#include "analysis/percentile.h"
#include "base/clock.h"
#include "base/error.h"
#include "report/audit_text.h"
#include "report/label.h"
#include "report/ms.h"
#include "report/sentences.h"
#include "report/wrap.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the load ------------------------------------------------------------- */

static void append_size(struct buffer *out, size_t bytes)
{
    double kb = (double)bytes / 1e3;
    if (bytes == 0)
        buffer_append_text(out, "no body");
    else if (kb < 1)
        buffer_append_format(out, "%zu bytes", bytes);
    else if (kb < 1000)
        buffer_append_format(out, kb < 9.95 ? "%.1f kB" : "%.0f kB", kb);
    else
        buffer_append_format(out, kb < 9950 ? "%.1f MB" : "%.0f MB", kb / 1e3);
}

static void append_time(struct buffer *out, int64_t ns)
{
    if (ns >= NS_PER_S)
        buffer_append_format(out, "%.3g s", (double)ns / (double)NS_PER_S);
    else
        buffer_append_format(out, "%.3g ms", (double)ns / (double)NS_PER_MS);
}

/* "1.1 kB, 250 a second" or "27 MB, 1 client, 1 s after each reply". */
static void append_class(const struct traffic_class *class, size_t bytes, struct buffer *out)
{
    buffer_append_format(out, "%c%s: ", toupper((unsigned char)class->name[0]), class->name + 1);
    append_size(out, bytes);
    if (class_is_open(class) && class->interval_ns > 0) {
        buffer_append_format(out, ", %.4g a second%s",
                             (double)NS_PER_S / (double)class->interval_ns,
                             class->arrival == ARRIVAL_POISSON ? " at random" : "");
    } else if (!class_is_open(class)) {
        buffer_append_format(out, ", %u %s, ", class->connections,
                             class->connections == 1 ? "client" : "clients");
        append_time(out, class->interval_ns);
        buffer_append_text(out, " after each reply");
    }
    buffer_append_text(out, ". ");
}

static void append_load(const struct result *result, struct buffer *out)
{
    for (size_t i = 0; i < result->options->class_count; i++) {
        const struct traffic_class *class = &result->options->classes[i];
        size_t bytes = 0;
        for (size_t c = 0; c < result->cell_count; c++) {
            if (result->cells[c].class == class)
                bytes = result->cells[c].body_bytes;
        }
        append_class(class, bytes, out);
    }
    buffer_append_text(out, "\n");
}

/* --- a line for each system ----------------------------------------------- */

struct word {
    char text[64];
};

/* The columns of a line; their widths come from what is in them. */
struct line {
    char label[48];
    struct word alone;
    struct word with;
    struct word longest;
    struct word effect;
    double growth; /* with / alone, for the bar; 0: unknown */
};

enum { LABEL_MOST = 26, BAR_MOST = 14 };

static struct word percentile_word(const struct class_stats *stats, double percent)
{
    struct word out;
    struct percentile found = percentile_of(percentile_response(stats), percent);
    bool told = found.known || found.at_least;
    snprintf(out.text, sizeof out.text, "%s%s", found.at_least ? ">= " : "",
             told ? ms_text_ns(found.ns).text : "-");
    return out;
}

static struct word ratio_word(double ratio)
{
    struct word out;
    snprintf(out.text, sizeof out.text, ratio < 9.95 ? "%.1f" : "%.0f", ratio);
    return out;
}

/* "x 635 (430 to 930)", "no change shown (0.6 to 2.1)". */
static struct word effect_word(const struct estimate *ratio)
{
    struct word out;
    struct word value = ratio_word(ratio->value);
    struct word low = ratio_word(ratio->low);
    struct word high = ratio_word(ratio->high);
    if (!ratio->known)
        snprintf(out.text, sizeof out.text, "too few replies to tell");
    else if (ratio->at_least)
        snprintf(out.text, sizeof out.text, "x %.8s or more", value.text);
    else if (!ratio->bounded)
        snprintf(out.text, sizeof out.text, "x %.8s, too few rounds to tell", value.text);
    else if (interval_shows_change(ratio))
        snprintf(out.text, sizeof out.text, "x %.8s (%.8s to %.8s)", value.text, low.text,
                 high.text);
    else
        snprintf(out.text, sizeof out.text, "no change shown (%.8s to %.8s)", low.text, high.text);
    return out;
}

static bool is_shown(const struct cell_findings *found)
{
    return found->cell->has_baseline;
}

static bool has_several_light_classes(const struct result *result)
{
    size_t count = 0;
    for (size_t i = 0; i < result->options->class_count && i < result->cell_count; i++)
        count += !result->cells[i].heavy;
    return count > 1;
}

static struct line line_of(const struct findings *findings, const struct cell_findings *found,
                           int index)
{
    const struct cell *cell = found->cell;
    const struct estimate *ratio = &found->interference.ratios[index];
    bool several = has_several_light_classes(findings->result);
    struct line line = {
        .alone = percentile_word(&cell->baseline, interference_percents[index]),
        .with = percentile_word(&cell->stats, interference_percents[index]),
        .effect = effect_word(ratio),
        .growth = ratio->known ? ratio->value : 0,
    };
    snprintf(line.label, sizeof line.label, "%.30s%s%.15s", label_of(cell).text, several ? " " : "",
             several ? cell->class->name : "");
    if (strlen(line.label) > LABEL_MOST)
        snprintf(line.label + LABEL_MOST - 2, 3, "..");
    snprintf(line.longest.text, sizeof line.longest.text, "%s",
             cell->stats.ok ? ms_text_ns(cell->stats.response.max).text : "-");
    return line;
}

struct widths {
    int label, alone, with, longest, bar, effect;
};

static int wider(int width, const char *text)
{
    int length = (int)strlen(text);
    return length > width ? length : width;
}

static struct widths measure(const struct line *lines, size_t count)
{
    struct widths widths = {.label = 6, .alone = 5, .with = 4, .longest = 7};
    for (size_t i = 0; i < count; i++) {
        widths.label = wider(widths.label, lines[i].label);
        widths.alone = wider(widths.alone, lines[i].alone.text);
        widths.with = wider(widths.with, lines[i].with.text);
        widths.longest = wider(widths.longest, lines[i].longest.text);
        widths.effect = wider(widths.effect, lines[i].effect.text);
    }
    int left = ANSWER_WIDTH - widths.label - widths.alone - widths.with - widths.longest -
               widths.effect - 2 - 4 - 2 - 2 - 2;
    widths.bar = left < 3 ? 0 : left > BAR_MOST ? BAR_MOST : left;
    return widths;
}

/* A bar whose length grows with the logarithm: full for `most`, empty for 1 and less. */
static void append_bar(double growth, double most, int width, bool blocks, struct buffer *out)
{
    static const char *const eighths[] = {"",       "\u258f", "\u258e", "\u258d",
                                          "\u258c", "\u258b", "\u258a", "\u2589"};
    double share = growth > 1 && most > 1 ? log(growth) / log(most) : 0;
    int parts = (int)lround(fmin(share, 1) * width * 8);
    if (growth > 0 && parts == 0)
        parts = 1; /* a system that is there has a mark */
    int drawn = parts / 8;
    for (int i = 0; i < drawn; i++)
        buffer_append_text(out, blocks ? "\u2588" : "#");
    if (parts % 8 && blocks)
        buffer_append_text(out, eighths[parts % 8]);
    else if (parts % 8 >= 4 || (parts && drawn == 0))
        buffer_append_text(out, blocks ? "" : "#");
    drawn += blocks ? parts % 8 > 0 : parts % 8 >= 4 || (parts && drawn == 0);
    buffer_append_format(out, "%*s  ", width - drawn, "");
}

static void append_lines(const struct line *lines, size_t count, bool blocks, struct buffer *out)
{
    struct widths widths = measure(lines, count);
    double most = 10; /* so that small differences do not fill the bar */
    for (size_t i = 0; i < count; i++)
        most = fmax(most, lines[i].growth);
    buffer_append_format(out, "%-*s  %*s -> %-*s  %*s  ", widths.label, "system", widths.alone,
                         "alone", widths.with, "with", widths.longest, "longest");
    if (widths.bar)
        buffer_append_format(out, "%-*s  ", widths.bar, widths.bar >= 9 ? "log scale" : "log");
    buffer_append_text(out, "effect of the large ones\n");
    for (size_t i = 0; i < count; i++) {
        const struct line *line = &lines[i];
        buffer_append_format(out, "%-*s  %*s -> %-*s  %*s  ", widths.label, line->label,
                             widths.alone, line->alone.text, widths.with, line->with.text,
                             widths.longest, line->longest.text);
        if (widths.bar)
            append_bar(line->growth, most, widths.bar, blocks, out);
        buffer_append_format(out, "%s\n", line->effect.text);
    }
}

/* --- without a baseline ---------------------------------------------------- */

static void append_cells(const struct result *result, struct buffer *out)
{
    buffer_append_format(out, "%-26s %10s %9s %9s %9s %9s\n", "response times in ms", "replies",
                         "median", "p99", "longest", "errors");
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *cell = &result->cells[i];
        char label[128];
        snprintf(label, sizeof label, "%s %s", label_of(cell).text, cell->class->name);
        buffer_append_format(
            out, "%-26.26s %10llu %9s %9s %9s %9llu\n", label, (unsigned long long)cell->stats.ok,
            percentile_word(&cell->stats, 50).text, percentile_word(&cell->stats, 99).text,
            cell->stats.ok ? ms_text_ns(cell->stats.response.max).text : "-",
            (unsigned long long)class_stats_errors(&cell->stats));
    }
}

/* --- the sentences --------------------------------------------------------- */

/* Names such as "a", "a and b" or "a, b and 4 others". */
struct names {
    struct buffer *out;
    size_t count; /* in all */
    size_t told;
};

static void append_name(struct names *names, const char *name)
{
    enum { NAMES_MOST = 4 };
    size_t told = names->told++;
    if (names->count > NAMES_MOST && told >= NAMES_MOST - 1) {
        if (told == NAMES_MOST - 1)
            buffer_append_format(names->out, " and %zu others", names->count - told);
        return;
    }
    bool last = told + 1 == names->count;
    buffer_append_format(names->out, "%s%s", told == 0 ? "" : last ? " and " : ", ", name);
}

enum effect { EFFECT_UNKNOWN, EFFECT_NOT_SHOWN, EFFECT_WORSE, EFFECT_BETTER };

static enum effect effect_of(const struct findings *findings, const struct cell_findings *found,
                             int index)
{
    const struct estimate *ratio = &found->interference.ratios[index];
    if (!is_shown(found) || !sentences_are_due(findings->result, found->cell) || !ratio->known)
        return EFFECT_UNKNOWN;
    if (ratio->at_least)
        return ratio->value > 1 ? EFFECT_WORSE : EFFECT_UNKNOWN;
    if (!ratio->bounded)
        return EFFECT_UNKNOWN;
    if (!interval_shows_change(ratio))
        return EFFECT_NOT_SHOWN;
    return ratio->value > 1 ? EFFECT_WORSE : EFFECT_BETTER;
}

static size_t count_effect(const struct findings *findings, int index, enum effect effect)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->result->cell_count; i++)
        count += effect_of(findings, &findings->cells[i], index) == effect;
    return count;
}

/* The cell that changed most for the worse, or NULL. */
static const struct cell_findings *worst_of(const struct findings *findings, int index)
{
    const struct cell_findings *worst = NULL;
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        const struct cell_findings *found = &findings->cells[i];
        if (effect_of(findings, found, index) == EFFECT_WORSE &&
            (!worst ||
             found->interference.ratios[index].value > worst->interference.ratios[index].value))
            worst = found;
    }
    return worst;
}

static void tell_worst(const struct cell_findings *worst, struct buffer *out)
{
    const struct cell *cell = worst->cell;
    struct label where = label_of(cell);
    struct ms_text longest = ms_text_ns(cell->stats.response.max);
    if (cell->traits.one_loop == TRAIT_YES)
        buffer_append_format(out,
                             "In %s one event loop does everything: %s requests waited behind "
                             "large ones, for %s ms at the longest. ",
                             where.text, cell->class->name, longest.text);
    else
        buffer_append_format(out,
                             "In %s %s requests took longer beside large ones, %s ms at the "
                             "longest. ",
                             where.text, cell->class->name, longest.text);
}

static const struct subject *subject_of(const struct result *result, const struct cell *cell)
{
    for (size_t i = 0; i < result->subject_count; i++) {
        if (result->subjects[i].number == cell->subject)
            return &result->subjects[i];
    }
    return NULL;
}

/* "threads /ping (223 MB)": its peak of memory where that is known. */
static struct word name_with_memory(const struct result *result, const struct cell *cell)
{
    struct word out;
    const struct subject *subject = subject_of(result, cell);
    double mb = subject ? (double)subject->memory_peak_bytes / 1e6 : 0;
    if (mb > 0)
        snprintf(out.text, sizeof out.text, "%.32s (%.*f MB of memory)", label_of(cell).text,
                 mb < 9.95, mb);
    else
        snprintf(out.text, sizeof out.text, "%.40s", label_of(cell).text);
    return out;
}

static void tell_unchanged(const struct findings *findings, int index, struct buffer *out)
{
    struct names names = {out, count_effect(findings, index, EFFECT_NOT_SHOWN), 0};
    if (names.count == 0)
        return;
    buffer_append_text(out, "No change was shown in ");
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        const struct cell_findings *found = &findings->cells[i];
        if (effect_of(findings, found, index) == EFFECT_NOT_SHOWN)
            append_name(&names, name_with_memory(findings->result, found->cell).text);
    }
    buffer_append_text(out, ". ");
}

/* Where something suffers and nothing is shown to be spared: the least of the evils. */
static void tell_least(const struct findings *findings, int index, struct buffer *out)
{
    const struct cell_findings *least = NULL;
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        const struct cell_findings *found = &findings->cells[i];
        if (effect_of(findings, found, index) != EFFECT_WORSE)
            continue;
        if (!least ||
            found->interference.ratios[index].value < least->interference.ratios[index].value)
            least = found;
    }
    if (least && count_effect(findings, index, EFFECT_WORSE) > 1)
        buffer_append_format(out, "It changed least in %s: %s. ",
                             name_with_memory(findings->result, least->cell).text,
                             effect_word(&least->interference.ratios[index]).text);
}

static void append_sentences(const struct findings *findings, int index, struct buffer *out)
{
    const struct cell_findings *worst = worst_of(findings, index);
    size_t unchanged = count_effect(findings, index, EFFECT_NOT_SHOWN);
    if (worst)
        tell_worst(worst, out);
    if (worst && unchanged == 0)
        tell_least(findings, index, out);
    tell_unchanged(findings, index, out);
    if (!worst && unchanged == 0)
        buffer_append_text(out, "Too few replies or rounds to say what the large requests did; "
                                "measure for longer (--duration, --rounds). ");
    buffer_append_text(out, "\n");
}

/* Where the client itself was late, in one sentence. */
static void append_trust(const struct findings *findings, struct buffer *out)
{
    struct names names = {out, 0, 0};
    double worst = 0;
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        const struct audit *audit = &findings->cells[i].audit;
        names.count += !audit_is_good(audit);
        worst = audit_is_good(audit) ? worst : fmax(worst, audit->lag_p99_ms);
    }
    if (names.count == 0)
        return;
    buffer_append_text(out, "Not trustworthy: the client itself was late in ");
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        const struct cell_findings *found = &findings->cells[i];
        struct word name;
        snprintf(name.text, sizeof name.text, "%.40s %.20s", label_of(found->cell).text,
                 found->cell->class->name);
        if (!audit_is_good(&found->audit))
            append_name(&names, name.text);
    }
    buffer_append_format(out,
                         " (send lag p99 up to %s ms). Use a quieter machine or a lower rate; "
                         "--details says more.\n",
                         ms_text(worst).text);
}

/* --- all of it -------------------------------------------------------------- */

static size_t make_lines(const struct findings *findings, int index, struct line *lines)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        if (is_shown(&findings->cells[i]))
            lines[count++] = line_of(findings, &findings->cells[i], index);
    }
    return count;
}

/* Moves the text to `out`, broken between words. */
static void flow(struct buffer *text, struct buffer *out)
{
    wrap_text(text, ANSWER_WIDTH, out);
    if (text->error)
        out->error = text->error;
    buffer_clear(text, SIZE_MAX);
}

void answer_text(const struct findings *findings, bool blocks, struct buffer *out)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    int index = sentences_percentile(findings);
    index = index < 0 ? 0 : index;
    struct line *lines = calloc(findings->result->cell_count + 1, sizeof *lines);
    size_t count = lines ? make_lines(findings, index, lines) : 0;
    if (!lines)
        out->error = -ENOMEM;
    append_load(findings->result, &text);
    if (count)
        buffer_append_format(
            &text, "%s requests, ms: p%g alone -> with large ones, and the longest with them.\n",
            has_several_light_classes(findings->result) ? "Other" : "Small",
            interference_percents[index]);
    flow(&text, out);
    buffer_append_text(out, "\n");
    if (count)
        append_lines(lines, count, blocks, out);
    else
        append_cells(findings->result, out);
    buffer_append_text(out, "\n");
    free(lines);
    if (count)
        append_sentences(findings, index, &text);
    audit_text_verdicts(findings, &text);
    append_trust(findings, &text);
    flow(&text, out);
}
