/* interference.c: see interference.h. */
#include "analysis/interference.h"

#include "analysis/percentile.h"
#include "base/clock.h"
#include "base/error.h"
#include "measure/result.h"

#include <stdlib.h>
#include <string.h>

/* Good replies of the large classes beside `cell` in a round. */
static uint64_t large_ok(const struct result *result, const struct cell *cell, unsigned round)
{
    uint64_t ok = 0;
    const struct cell *large = NULL;
    while ((large = result_next_large(result, cell, large)) != NULL) {
        const struct cell_window *window = cell_window_in(large, round, false);
        ok += window ? window->stats.ok : 0;
    }
    return ok;
}

/* Whether a round's window is there, and whole. */
static bool is_whole(const struct cell_window *window)
{
    return window && !window->cut && window->stats.planned;
}

/*
 * A round that was cut short, or in which nothing was to be sent, is left out. One in
 * which nothing was answered is not: that would flatter the server.
 */
static size_t gather(const struct result *result, const struct cell *cell,
                     struct interference_round *rounds)
{
    size_t count = 0;
    for (unsigned round = 0; round < result->options->rounds; round++) {
        const struct cell_window *with = cell_window_in(cell, round, false);
        const struct cell_window *alone = cell_window_in(cell, round, true);
        if (is_whole(with) && is_whole(alone))
            rounds[count++] = (struct interference_round){
                .with = &with->stats,
                .alone = &alone->stats,
                .large = large_ok(result, cell, round),
            };
    }
    return count;
}

/*
 * A round whose own percentile is no reply's leaves the ratio without an
 * interval: to leave out just the rounds that failed would flatter the server.
 */
static struct estimate ratio_of(const struct interference_rounds *rounds, double percent,
                                double *ratios)
{
    struct percentile with = percentile_of(percentile_response(rounds->with), percent);
    struct percentile alone = percentile_of(percentile_response(rounds->alone), percent);
    bool whole = with.known;
    if (!alone.known || alone.ns <= 0 || !(with.known || with.at_least))
        return (struct estimate){0};
    for (size_t i = 0; i < rounds->count; i++) {
        const struct interference_round *round = &rounds->rows[i];
        struct percentile above = percentile_of(percentile_response(round->with), percent);
        struct percentile below = percentile_of(percentile_response(round->alone), percent);
        whole = whole && !above.censored && !below.censored && above.ns > 0 && below.ns > 0;
        ratios[i] = whole ? (double)above.ns / (double)below.ns : 1;
    }
    if (whole)
        return interval_of_ratios(ratios, rounds->count);
    return (struct estimate){
        .known = true,
        .at_least = with.at_least,
        .value = (double)with.ns / (double)alone.ns,
    };
}

/*
 * It can be negative, so its interval is not one of logarithms. Of replies only: a round without
 * any, with the large classes or alone, says nothing of their waiting.
 */
static struct estimate collateral_of(const struct interference_rounds *rounds, double *extra,
                                     double *large)
{
    size_t count = 0;
    for (size_t i = 0; i < rounds->count; i++) {
        const struct interference_round *round = &rounds->rows[i];
        if (!round->with->ok || !round->alone->ok)
            continue;
        double ns =
            histogram_mean(&round->with->response) - histogram_mean(&round->alone->response);
        extra[count] = ns / (double)NS_PER_MS * (double)round->with->ok;
        large[count++] = (double)round->large;
    }
    return interval_of_quotient(extra, large, count);
}

int interference_of_rounds(const struct interference_rounds *rounds,
                           struct interference *interference)
{
    *interference = (struct interference){.rounds = rounds->count};
    double *values = calloc(2 * rounds->count + 1, sizeof *values);
    if (!values)
        return -ENOMEM;
    for (int i = 0; rounds->count && i < INTERFERENCE_PERCENTS; i++)
        interference->ratios[i] = ratio_of(rounds, interference_percents[i], values);
    interference->collateral_ms = collateral_of(rounds, values, values + rounds->count);
    free(values);
    return 0;
}

int interference_of(const struct result *result, const struct cell *cell,
                    struct interference *interference)
{
    memset(interference, 0, sizeof *interference);
    if (!cell->has_baseline)
        return 0;
    struct interference_round *rows = calloc(result->options->rounds + 1U, sizeof *rows);
    if (!rows)
        return -ENOMEM;
    const struct interference_rounds rounds = {
        .rows = rows,
        .count = gather(result, cell, rows),
        .with = &cell->stats,
        .alone = &cell->baseline,
    };
    int r = interference_of_rounds(&rounds, interference);
    free(rows);
    return r;
}

int interference_highest(const struct interference *interference)
{
    int highest = INTERFERENCE_PERCENTS - 1;
    while (highest >= 0 && !interference->ratios[highest].known)
        highest--;
    return highest;
}
