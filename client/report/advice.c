/* advice.c: see advice.h. */
#include "report/advice.h"

#include "analysis/difference.h"
#include "base/error.h"
#include "measure/result.h"
#include "report/ms.h"
#include "report/ranking_text.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* A server that fails more large requests than this share does another job. */
#define FAILED_MOST 0.01

/* A list of names that is evidence stops here; one of what is left out does not. */
enum { NAMES_MOST = 4, NAMES_ALL = INT_MAX };

/* What is asked for, the first thing first. */
static const enum ranking_criterion order[] = {
    RANKING_SMALL,  RANKING_LARGE,     RANKING_THROUGHPUT,
    RANKING_MEMORY, RANKING_CPU_LARGE, RANKING_CPU_SMALL,
};

/* Rows of the ranking, by index. */
struct choice {
    const struct ranking *ranking;
    bool *in;
};

static size_t size_of(const struct choice *choice)
{
    size_t size = 0;
    for (size_t i = 0; i < choice->ranking->count; i++)
        size += choice->in[i];
    return size;
}

static void append_name(struct buffer *out, const struct ranking_row *row)
{
    buffer_append_format(out, "%s %s", row->subject->label, row->subject->endpoint);
}

/* "a, b or c"; "a, b, c and 4 others" when they are more than `most`. */
static void append_names(struct buffer *out, const struct choice *choice, const char *last,
                         size_t most)
{
    size_t left = size_of(choice);
    size_t shown = left > most ? most - 1 : left;
    size_t told = 0;
    for (size_t i = 0; told < shown; i++) {
        if (!choice->in[i])
            continue;
        if (told && told + 1 == left)
            buffer_append_format(out, " %s ", last);
        else if (told)
            buffer_append_text(out, ", ");
        append_name(out, &choice->ranking->rows[i]);
        told++;
    }
    if (told < left)
        buffer_append_format(out, " and %zu others", left - told);
}

/* "1.1 to 1.5 ms" or "21 MB/s". */
static void append_range(struct buffer *out, const struct choice *choice,
                         enum ranking_criterion criterion)
{
    static const char *const units[RANKING_CRITERIA] = {
        [RANKING_SMALL] = "ms",  [RANKING_LARGE] = "ms",     [RANKING_THROUGHPUT] = "MB/s",
        [RANKING_MEMORY] = "MB", [RANKING_CPU_LARGE] = "ms", [RANKING_CPU_SMALL] = "ms",
    };
    double low = 0;
    double high = 0;
    bool some = false;
    for (size_t i = 0; i < choice->ranking->count; i++) {
        const struct ranking_value *value = &choice->ranking->rows[i].values[criterion];
        if (!choice->in[i] || !value->known)
            continue;
        low = some && low < value->value ? low : value->value;
        high = some && high > value->value ? high : value->value;
        some = true;
    }
    struct ms_text ends[2] = {ms_text(low), ms_text(high)};
    if (!some)
        buffer_append_text(out, "nothing known");
    else if (strcmp(ends[0].text, ends[1].text) == 0)
        buffer_append_format(out, "%s %s", ends[0].text, units[criterion]);
    else
        buffer_append_format(out, "%s to %s %s", ends[0].text, ends[1].text, units[criterion]);
}

/* Keeps those that no other of the choice is better than; the rest goes to `dropped`. */
static void narrow(const struct choice *choice, enum ranking_criterion criterion, bool *dropped)
{
    size_t count = choice->ranking->count;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; choice->in[i] && j < count; j++) {
            if (choice->in[j] && ranking_is_better(choice->ranking, criterion, j, i))
                dropped[i] = true;
        }
    }
    for (size_t i = 0; i < count; i++)
        choice->in[i] = choice->in[i] && !dropped[i];
}

/* " Small p99 with large requests running: 1.13 ms, against 921 ms (select /ping)." */
static void append_step(struct buffer *out, const struct choice *kept, const struct choice *dropped,
                        enum ranking_criterion criterion)
{
    struct ranking_phrase phrase = ranking_phrase(kept->ranking, criterion);
    phrase.text[0] = (char)toupper((unsigned char)phrase.text[0]);
    buffer_append_format(out, " %s: ", phrase.text);
    append_range(out, kept, criterion);
    buffer_append_text(out, ", against ");
    append_range(out, dropped, criterion);
    buffer_append_text(out, " (");
    append_names(out, dropped, "and", NAMES_MOST);
    buffer_append_text(out, ").");
}

/* Those that each step of the order has dropped: gone[step * count + row]. */
static void decide(const struct choice *choice, bool *gone)
{
    for (size_t step = 0; step < ARRAY_LENGTH(order) && size_of(choice) > 1; step++)
        narrow(choice, order[step], gone + step * choice->ranking->count);
}

/* What is left after the last step, against those that each step has dropped. */
static void append_evidence(struct buffer *out, const struct choice *choice, bool *gone)
{
    for (size_t step = 0; step < ARRAY_LENGTH(order); step++) {
        const struct choice dropped = {choice->ranking, gone + step * choice->ranking->count};
        if (size_of(&dropped))
            append_step(out, choice, &dropped, order[step]);
    }
}

/* A sentence on the best of a choice, which is narrowed to it. */
static void recommend(const struct choice *choice, const char *opening, struct buffer *out)
{
    size_t before = size_of(choice);
    bool *gone = calloc(ARRAY_LENGTH(order) * choice->ranking->count, sizeof *gone);
    if (!gone)
        out->error = -ENOMEM;
    if (gone && before > 0) {
        decide(choice, gone);
        buffer_append_format(out, "%s: ", opening);
        append_names(out, choice, "or", NAMES_ALL);
        if (size_of(choice) > 1)
            buffer_append_text(out, size_of(choice) == before
                                        ? ": this run shows no difference between them; measure "
                                          "for longer (--duration, --rounds)"
                                        : ", of which this run shows none to be better");
        buffer_append_text(out, ".");
        append_evidence(out, choice, gone);
        buffer_append_text(out, "\n");
    }
    free(gone);
}

/* Says which of the rows that `in` marks are left out, and why, in one line. */
static void tell_left_out(const struct choice *choice, const char *why, struct buffer *out)
{
    if (size_of(choice) == 0)
        return;
    buffer_append_text(out, "Not recommended: ");
    append_names(out, choice, "and", NAMES_ALL);
    buffer_append_format(out, ": %s.\n", why);
}

enum reason { REASON_NONE, REASON_BASELINE, REASON_LATE, REASON_UNKNOWN, REASON_FAILED };

static enum reason reason_of(const struct ranking_row *row)
{
    if (row->baseline_late)
        return REASON_BASELINE;
    if (!row->trustworthy)
        return REASON_LATE;
    if (!row->values[RANKING_SMALL].known || !row->values[RANKING_LARGE].known)
        return REASON_UNKNOWN;
    return row->failed > FAILED_MOST ? REASON_FAILED : REASON_NONE;
}

static void leave_out(const struct choice *choice, struct buffer *out)
{
    static const char *const texts[] = {
        [REASON_BASELINE] =
            "the client itself was late or out of ports beside them even without large requests, "
            "so their baseline is not trustworthy",
        [REASON_LATE] =
            "the client itself was late or out of ports beside them, so their figures are not "
            "trustworthy",
        [REASON_UNKNOWN] = "too few good replies to judge them by",
        [REASON_FAILED] = "over 1 % of their large requests were refused or failed",
    };
    for (int reason = REASON_BASELINE; reason <= REASON_FAILED; reason++) {
        for (size_t i = 0; i < choice->ranking->count; i++)
            choice->in[i] = (int)reason_of(&choice->ranking->rows[i]) == reason;
        tell_left_out(choice, texts[reason], out);
    }
}

/* Whether the whole document is at hand before the answer; false when that is not known. */
static bool has_document(const struct ranking_row *row)
{
    return row->small && row->small->traits.whole_document == TRAIT_YES;
}

static bool needs_no_document(const struct ranking_row *row)
{
    return row->small && row->small->traits.whole_document == TRAIT_NO;
}

/* The best of all; if bodies are parsed as they arrive in it, the best of the rest as well. */
static void recommend_all(const struct choice *choice, struct buffer *out)
{
    const struct ranking *ranking = choice->ranking;
    bool streams = false;
    for (size_t i = 0; i < ranking->count; i++)
        choice->in[i] = reason_of(&ranking->rows[i]) == REASON_NONE;
    if (size_of(choice) < 2) {
        buffer_append_text(out, "No recommendation: fewer than two systems were measured well; use "
                                "a quieter machine or a lower rate.\n");
        return;
    }
    recommend(choice, "Recommendation for this machine and load", out);
    for (size_t i = 0; i < ranking->count; i++)
        streams = streams || (choice->in[i] && needs_no_document(&ranking->rows[i]));
    for (size_t i = 0; i < ranking->count; i++) {
        const struct ranking_row *row = &ranking->rows[i];
        choice->in[i] = streams && has_document(row) && reason_of(row) == REASON_NONE;
    }
    recommend(choice, "Where the whole document is needed at once", out);
}

void advice_write(const struct ranking *ranking, struct buffer *out)
{
    if (ranking->count == 0)
        return;
    if (ranking->round_count < DIFFERENCE_ROUNDS_LEAST) {
        buffer_append_format(out,
                             "No recommendation: it takes %d rounds or more to tell systems apart "
                             "(--rounds).\n",
                             DIFFERENCE_ROUNDS_LEAST);
        return;
    }
    const struct choice choice = {ranking, calloc(ranking->count, sizeof *choice.in)};
    if (choice.in) {
        leave_out(&choice, out);
        recommend_all(&choice, out);
    } else {
        out->error = -ENOMEM;
    }
    free(choice.in);
}
