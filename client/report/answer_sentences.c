/* answer_sentences.c: see answer_sentences.h. */
#include "report/answer_sentences.h"

#include "report/answer_table.h"
#include "report/change.h"
#include "report/label.h"
#include "report/ms.h"
#include "report/sentences.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* An interval that reaches so far leaves open whether anything changed. */
#define WIDE 3.0

enum { NAMES_MOST = 4 };

void answer_name(struct answer_names *names, const char *name, struct buffer *out)
{
    size_t told = names->told++;
    bool cut = names->count > NAMES_MOST;
    if (cut && told >= NAMES_MOST - 1) {
        if (told == NAMES_MOST - 1)
            buffer_append_format(out, " and %zu others", names->count - told);
        return;
    }
    bool last = told + 1 == names->count;
    buffer_append_format(out, "%s%s", told == 0 ? "" : last ? " and " : ", ", name);
}

enum effect { EFFECT_UNKNOWN, EFFECT_NOT_SHOWN, EFFECT_SLOWER, EFFECT_LOST, EFFECT_FASTER };

static enum effect effect_of(const struct findings *findings, size_t i, int index)
{
    const struct cell_findings *found = &findings->cells[i];
    const struct estimate *ratio = &found->interference.ratios[index];
    if (!sentences_are_due(findings->result, found->cell) || !ratio->known)
        return EFFECT_UNKNOWN;
    if (ratio->at_least)
        return EFFECT_LOST;
    if (!ratio->bounded)
        return EFFECT_UNKNOWN;
    int direction = interval_direction(ratio);
    return direction == 0 ? EFFECT_NOT_SHOWN : direction > 0 ? EFFECT_SLOWER : EFFECT_FASTER;
}

/* The large requests did it no harm that shows. */
static bool is_spared(enum effect effect)
{
    return effect == EFFECT_NOT_SHOWN || effect == EFFECT_FASTER;
}

static size_t count_effect(const struct findings *findings, int index, enum effect effect)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->result->cell_count; i++)
        count += effect_of(findings, i, index) == effect;
    return count;
}

/* The cell that slowed down most, or NULL. */
static const struct cell_findings *worst_of(const struct findings *findings, int index)
{
    const struct cell_findings *worst = NULL;
    double most = 0;
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        double value = findings->cells[i].interference.ratios[index].value;
        if (effect_of(findings, i, index) != EFFECT_SLOWER || value <= most)
            continue;
        worst = &findings->cells[i];
        most = value;
    }
    return worst;
}

static void tell_worst(const struct cell_findings *worst, struct buffer *out)
{
    const struct cell *cell = worst->cell;
    struct ms_text longest = ms_text_ns(cell->stats.response.max);
    if (cell->traits.one_loop == TRAIT_YES) {
        buffer_append_format(out,
                             "In %s one event loop does everything, and %s requests waited behind "
                             "large ones: the slowest took %s ms.",
                             label_of(cell).text, cell->class->name, longest.text);
        if (cell->has_server && cell->server.loop_hold.max > 0)
            buffer_append_format(out, " The loop was held for up to %s ms at a time.",
                                 ms_text(cell->server.loop_hold.max).text);
    } else {
        buffer_append_format(out,
                             "In %s %s requests were slower beside large ones: the slowest took %s "
                             "ms.",
                             label_of(cell).text, cell->class->name, longest.text);
    }
}

/* "threads /ping (223 MB of memory)": its peak where it is known; `told`: what the MB are of. */
static struct label name_with_memory(const struct result *result, const struct cell *cell,
                                     bool *told)
{
    struct label out = label_in(result, cell);
    const struct subject *subject = result_subject_of(result, cell);
    double mb = subject ? (double)subject->memory_peak_bytes / 1e6 : 0;
    size_t used = strnlen(out.text, 72);
    if (mb > 0)
        snprintf(out.text + used, sizeof out.text - used, " (%.*f MB%s)", mb < 9.95, mb,
                 *told ? "" : " of memory");
    *told = *told || mb > 0;
    return out;
}

/* "select /await (x 1.5)" */
static struct label name_with_ratio(const struct result *result, const struct cell *cell,
                                    double ratio)
{
    struct label out = label_in(result, cell);
    size_t used = strnlen(out.text, 72);
    snprintf(out.text + used, sizeof out.text - used, " (x %s)", change_range(ratio, ratio).text);
    return out;
}

/* All cells of one effect but `other`, with what goes with it: what spares the small ones has a
 * price, and who is slower is so by more or less. `told`: what the MB are of. */
static void tell_names(const struct findings *findings, int index, enum effect effect,
                       const struct cell_findings *other, bool *told, struct buffer *out)
{
    struct answer_names names = {.count = count_effect(findings, index, effect) - (other != NULL)};
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        const struct cell_findings *found = &findings->cells[i];
        if (effect_of(findings, i, index) != effect || found == other)
            continue;
        struct label name = label_in(findings->result, found->cell);
        if (is_spared(effect))
            name = name_with_memory(findings->result, found->cell, told);
        else if (effect == EFFECT_SLOWER)
            name = name_with_ratio(findings->result, found->cell,
                                   found->interference.ratios[index].value);
        answer_name(&names, name.text, out);
    }
}

static void tell_slower(const struct findings *findings, int index, struct buffer *out)
{
    const struct cell_findings *worst = worst_of(findings, index);
    if (!worst)
        return;
    tell_worst(worst, out);
    if (count_effect(findings, index, EFFECT_SLOWER) > 1) {
        buffer_append_text(out, " Slower, too: ");
        tell_names(findings, index, EFFECT_SLOWER, worst, NULL, out);
        buffer_append_text(out, ".");
    }
    buffer_append_text(out, " ");
}

/* Where so many were lost that the percentile is only known to be at least something. */
static void tell_lost(const struct findings *findings, int index, struct buffer *out)
{
    if (count_effect(findings, index, EFFECT_LOST) == 0)
        return;
    buffer_append_format(out, "Over %g %% got no good reply beside large ones in ",
                         100 - interference_percents[index]);
    tell_names(findings, index, EFFECT_LOST, NULL, NULL, out);
    buffer_append_text(out, ". ");
}

static void tell_unchanged(const struct findings *findings, int index, bool *told,
                           struct buffer *out)
{
    double widest = 0;
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        if (effect_of(findings, i, index) == EFFECT_NOT_SHOWN)
            widest = fmax(widest, findings->cells[i].interference.ratios[index].high);
    }
    if (widest == 0)
        return;
    buffer_append_text(out, "No change was shown in ");
    tell_names(findings, index, EFFECT_NOT_SHOWN, NULL, told, out);
    if (widest > WIDE)
        buffer_append_format(out,
                             "; up to x %s is possible all the same, and a longer run (--duration) "
                             "tells more",
                             change_range(widest, widest).text);
    buffer_append_text(out, ". ");
}

/* What a system does about large requests, as it tells. NULL: it does not. */
static const char *way_of(const struct traits *traits)
{
    if (traits->incremental == TRAIT_YES)
        return "parses bodies as they arrive";
    return traits->thread_per_connection == TRAIT_YES ? "has a thread for each connection" : NULL;
}

/* Beside one that slowed down: what the others do, each way once. */
static void tell_ways(const struct findings *findings, int index, struct buffer *out)
{
    const char *first = NULL;
    bool both = false;
    for (size_t i = 0; i < findings->result->cell_count && !both; i++) {
        const struct cell *cell = findings->cells[i].cell;
        const char *way = way_of(&cell->traits);
        if (!is_spared(effect_of(findings, i, index)) || !way || way == first)
            continue;
        both = first != NULL;
        buffer_append_format(out, "%s%s %s", both ? ", " : "",
                             label_in(findings->result, cell).text, way);
        first = way;
    }
    if (first)
        buffer_append_text(out, ". ");
}

/* A large request makes no other faster, so this is told with what else it may be. */
static void tell_faster(const struct findings *findings, int index, bool *told, struct buffer *out)
{
    if (count_effect(findings, index, EFFECT_FASTER) == 0)
        return;
    buffer_append_text(out, "Faster beside large ones than alone: ");
    tell_names(findings, index, EFFECT_FASTER, NULL, told, out);
    buffer_append_text(out, "; one such interval in twenty misses the truth, so that may be "
                            "chance. ");
}

void answer_sentences(const struct findings *findings, int index, struct buffer *out)
{
    size_t before = out->length;
    bool memory = false;
    tell_slower(findings, index, out);
    tell_lost(findings, index, out);
    tell_unchanged(findings, index, &memory, out);
    tell_faster(findings, index, &memory, out);
    if (worst_of(findings, index))
        tell_ways(findings, index, out);
    if (out->length == before)
        buffer_append_text(out, "Too few good replies or rounds to say what the large requests "
                                "did: measure for longer (--duration, --rounds).");
    buffer_append_text(out, "\n");
}
