/* interference.c: see interference.h. */
#include "analysis/interference.h"

#include "base/error.h"
#include "measure/result.h"

#include <stdlib.h>
#include <string.h>

static const struct cell_window *window_of(const struct cell *cell, unsigned round, bool alone)
{
    for (size_t i = 0; i < cell->window_count; i++) {
        const struct cell_window *window = &cell->windows[i];
        if (window->round == round && window->alone == alone)
            return window;
    }
    return NULL;
}

/* Good replies of the large classes beside `cell` in a round. */
static uint64_t large_ok(const struct result *result, const struct cell *cell, unsigned round)
{
    uint64_t ok = 0;
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *other = &result->cells[i];
        const struct cell_window *window = window_of(other, round, false);
        if (other->heavy && other->subject == cell->subject && window)
            ok += window->stats.ok;
    }
    return ok;
}

/* A round that an interrupt cut short, or that no reply came in, is left out. */
static size_t gather(const struct result *result, const struct cell *cell,
                     struct bootstrap_round *rounds)
{
    size_t count = 0;
    for (unsigned round = 0; round < result->options->rounds; round++) {
        const struct cell_window *with = window_of(cell, round, false);
        const struct cell_window *alone = window_of(cell, round, true);
        if (with && alone && with->stats.ok && alone->stats.ok)
            rounds[count++] = (struct bootstrap_round){
                .with = &with->stats.response,
                .alone = &alone->stats.response,
                .large = large_ok(result, cell, round),
            };
    }
    return count;
}

int interference_of(const struct result *result, const struct cell *cell,
                    struct interference *interference)
{
    memset(interference, 0, sizeof *interference);
    if (!cell->has_baseline)
        return 0;
    struct bootstrap_round *rounds = calloc(result->options->rounds, sizeof *rounds);
    if (!rounds)
        return -ENOMEM;
    struct bootstrap_figures figures = {
        .percents = interference_percents,
        .count = INTERFERENCE_PERCENTS,
        .ratios = interference->ratios,
    };
    interference->rounds = gather(result, cell, rounds);
    int r = bootstrap_run(rounds, interference->rounds, &figures);
    interference->collateral_ms = figures.collateral_ms;
    free(rounds);
    return r;
}

int interference_highest(const struct interference *interference)
{
    int highest = INTERFERENCE_PERCENTS - 1;
    while (highest >= 0 && !interference->ratios[highest].known)
        highest--;
    return highest;
}
