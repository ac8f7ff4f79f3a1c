/* advice.c: see advice.h. */
#include "report/advice.h"

#include "analysis/difference.h"
#include "base/error.h"
#include "measure/result.h"
#include "report/report.h"

#include <limits.h>
#include <stdio.h>
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

static int append_name(struct buffer *out, const struct ranking_row *row)
{
    return buffer_append_format(out, "%s %s", row->subject->mode, row->subject->endpoint);
}

/* "a, b or c"; "a, b, c and 4 others" when they are more than `most`. */
static int append_names(struct buffer *out, const struct choice *choice, const char *last,
                        size_t most)
{
    size_t left = size_of(choice);
    size_t shown = left > most ? most - 1 : left;
    size_t told = 0;
    int r = 0;
    for (size_t i = 0; r == 0 && told < shown; i++) {
        if (!choice->in[i])
            continue;
        bool final = told + 1 == left;
        if (told)
            r = buffer_append_format(out, final ? " %s " : ", ", last);
        if (r == 0)
            r = append_name(out, &choice->ranking->rows[i]);
        told++;
    }
    return r || told == left ? r : buffer_append_format(out, " and %zu others", left - told);
}

/* "1.1 to 1.5 ms" or "21 MB/s". */
static int append_range(struct buffer *out, const struct choice *choice,
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
    char texts[2][REPORT_MS_SIZE];
    report_format_ms(low, texts[0]);
    report_format_ms(high, texts[1]);
    if (!some)
        return buffer_append_text(out, "nothing known");
    if (strcmp(texts[0], texts[1]) == 0)
        return buffer_append_format(out, "%s %s", texts[0], units[criterion]);
    return buffer_append_format(out, "%s to %s %s", texts[0], texts[1], units[criterion]);
}

/* Keeps those that no other of the choice is better than; the rest goes to `dropped`. */
static size_t narrow(const struct choice *choice, enum ranking_criterion criterion, bool *dropped)
{
    size_t count = choice->ranking->count;
    size_t gone = 0;
    for (size_t i = 0; i < count; i++) {
        dropped[i] = false;
        for (size_t j = 0; choice->in[i] && j < count; j++) {
            if (choice->in[j] && ranking_is_better(choice->ranking, criterion, j, i))
                dropped[i] = true;
        }
    }
    for (size_t i = 0; i < count; i++) {
        choice->in[i] = choice->in[i] && !dropped[i];
        gone += dropped[i];
    }
    return gone;
}

/* "Its small p99 is 1.13 ms, against 921 ms of select /ping." */
static int append_step(struct buffer *out, const struct choice *kept, const struct choice *dropped,
                       enum ranking_criterion criterion)
{
    char phrase[RANKING_PHRASE_SIZE];
    ranking_phrase(kept->ranking, criterion, phrase);
    int r = buffer_append_format(
        out, " %c%s: ", phrase[0] >= 'a' ? phrase[0] - 'a' + 'A' : phrase[0], phrase + 1);
    if (r == 0)
        r = append_range(out, kept, criterion);
    if (r == 0)
        r = buffer_append_text(out, ", against ");
    if (r == 0)
        r = append_range(out, dropped, criterion);
    if (r == 0)
        r = buffer_append_text(out, " (");
    if (r == 0)
        r = append_names(out, dropped, "and", NAMES_MOST);
    return r ? r : buffer_append_text(out, ").");
}

/* Narrows the choice down and writes the evidence as it goes. */
static int decide(const struct choice *choice, struct buffer *evidence)
{
    int r = 0;
    bool *gone = calloc(choice->ranking->count, sizeof *gone);
    const struct choice dropped = {choice->ranking, gone};
    if (!gone)
        return -ENOMEM;
    for (size_t step = 0; r == 0 && step < ARRAY_LENGTH(order) && size_of(choice) > 1; step++) {
        if (narrow(choice, order[step], gone))
            r = append_step(evidence, choice, &dropped, order[step]);
    }
    free(gone);
    return r;
}

/* A sentence on the best of a choice, which is narrowed to it. */
static int recommend(const struct choice *choice, const char *opening, struct buffer *out)
{
    CLEANUP(buffer_deinit)
    struct buffer evidence = {0};
    size_t before = size_of(choice);
    int r = before ? decide(choice, &evidence) : 0;
    if (r || before == 0)
        return r;
    r = buffer_append_format(out, "%s: ", opening);
    if (r == 0)
        r = append_names(out, choice, "or", NAMES_ALL);
    if (r == 0 && size_of(choice) > 1)
        r = buffer_append_text(out, size_of(choice) == before
                                        ? ": this run tells no difference between them; measure "
                                          "for longer (--duration, --rounds)"
                                        : ", which this run cannot tell apart in anything else");
    if (r == 0)
        r = buffer_append_text(out, ".");
    if (r == 0 && evidence.length)
        r = buffer_append(out, evidence.data, evidence.length);
    return r ? r : buffer_append_text(out, "\n");
}

/* Says which of the rows that `in` marks are left out, and why, in one line. */
static int tell_left_out(const struct choice *choice, const char *why, struct buffer *out)
{
    if (size_of(choice) == 0)
        return 0;
    int r = buffer_append_text(out, "Not recommended: ");
    if (r == 0)
        r = append_names(out, choice, "and", NAMES_ALL);
    return r ? r : buffer_append_format(out, ": %s.\n", why);
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

static int leave_out(const struct choice *choice, struct buffer *out)
{
    static const char *const texts[] = {
        [REASON_BASELINE] = "the client itself was late beside them even without large requests, "
                            "so their baseline is not trustworthy",
        [REASON_LATE] = "the client itself was late beside them, so their figures are not "
                        "trustworthy",
        [REASON_UNKNOWN] = "too few good replies to judge them by",
        [REASON_FAILED] = "over 1 % of their large requests were refused or failed",
    };
    size_t count = choice->ranking->count;
    bool *in = calloc(count, sizeof *in);
    const struct choice left = {choice->ranking, in};
    int r = in ? 0 : -ENOMEM;
    for (int reason = REASON_BASELINE; r == 0 && reason <= REASON_FAILED; reason++) {
        for (size_t i = 0; i < count; i++)
            in[i] = (int)reason_of(&choice->ranking->rows[i]) == reason;
        r = tell_left_out(&left, texts[reason], out);
    }
    free(in);
    return r;
}

static bool is_stream(const struct ranking_row *row)
{
    return strcmp(row->subject->endpoint, "/stream") == 0;
}

/* The best of all; if bodies are parsed as they arrive in it, the best of the rest as well. */
static int recommend_all(const struct choice *choice, struct buffer *out)
{
    const struct ranking *ranking = choice->ranking;
    bool streams = false;
    for (size_t i = 0; i < ranking->count; i++)
        choice->in[i] = reason_of(&ranking->rows[i]) == REASON_NONE;
    if (size_of(choice) < 2)
        return buffer_append_text(out, "No recommendation: fewer than two systems were measured "
                                       "well; use a quieter machine or a lower rate.\n");
    int r = recommend(choice, "Recommendation for this machine and load", out);
    for (size_t i = 0; i < ranking->count; i++)
        streams = streams || (choice->in[i] && is_stream(&ranking->rows[i]));
    for (size_t i = 0; i < ranking->count; i++) {
        const struct ranking_row *row = &ranking->rows[i];
        choice->in[i] = streams && !is_stream(row) && reason_of(row) == REASON_NONE;
    }
    return r ? r : recommend(choice, "Where the whole document is needed at once", out);
}

int advice_write(const struct ranking *ranking, struct buffer *out)
{
    if (ranking->count == 0)
        return 0;
    if (ranking->round_count < DIFFERENCE_ROUNDS_LEAST)
        return buffer_append_format(out,
                                    "No recommendation: it takes %d rounds or more to tell systems "
                                    "apart (--rounds).\n",
                                    DIFFERENCE_ROUNDS_LEAST);
    const struct choice choice = {ranking, calloc(ranking->count, sizeof *choice.in)};
    int r = choice.in ? leave_out(&choice, out) : -ENOMEM;
    if (r == 0)
        r = recommend_all(&choice, out);
    free(choice.in);
    return r;
}
