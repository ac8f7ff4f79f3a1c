/*
 * interval_coverage.c: how often the intervals of a run hold the truth. Rounds are made
 * up, request by request, and given to the same code that judges measured
 * ones (analysis/interference.h, analysis/percentile.h). Prints one line for each kind of
 * rounds, figure and number of rounds: the share of intervals, in percent, that hold what
 * very many rounds come to.
 *
 * usage: interval_coverage [TRIALS]
 */
#include "analysis/interference.h"
#include "analysis/percentile.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "measure/result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MOST = 10, TRIALS = 2000, TRUTH_ROUNDS = 20000, REQUESTS = 500, ALONE = 400 };
/* Standard deviations of the logarithms of a round's level and of a window's in it. */
#define ROUND_SCATTER 0.15
#define WINDOW_SCATTER 0.15

/* A figure: of a percentile, which `index` in interference_percents, or the collateral delay. */
static const struct figure {
    const char *name;
    enum { RATIO, COLLATERAL, LOADED, UNLOADED } kind;
    int index;
} figures[] = {
    {"ratio of p50", RATIO, 0},          {"ratio of p99", RATIO, 3},
    {"collateral delay", COLLATERAL, 0}, {"p50 with large", LOADED, 0},
    {"p99 with large", LOADED, 3},       {"p50 alone", UNLOADED, 0},
    {"p99 alone", UNLOADED, 3},
};

enum { FIGURES = ARRAY_LENGTH(figures) };

static double normal(uint64_t *random)
{
    double radius = sqrt(-2 * log(random_unit(random)));
    return radius * cos(6.283185307179586 * random_unit(random));
}

/* One round's two windows. */
struct pair {
    struct class_stats *with;
    struct class_stats *alone;
    uint64_t large;
};

static void put(struct class_stats *stats, double ms)
{
    histogram_record(&stats->response, (int64_t)(ms * (double)NS_PER_MS));
    stats->planned++;
    stats->ok++;
}

/* Latencies that scatter as logarithms. A round has a level of its own, and so has each window. */
static void make_log_normal(struct pair *pair, uint64_t *random)
{
    double level = exp(ROUND_SCATTER * normal(random));
    double with = 3 * level * exp(WINDOW_SCATTER * normal(random));
    double alone = level * exp(WINDOW_SCATTER * normal(random));
    for (int i = 0; i < REQUESTS; i++)
        put(pair->with, with * exp(0.5 * normal(random)));
    for (int i = 0; i < ALONE; i++)
        put(pair->alone, alone * exp(0.5 * normal(random)));
    pair->large = 2;
}

/*
 * One loop that large requests hold for some 400 ms, each a second after the
 * reply to the one before, with small requests every 4 ms for two seconds. The
 * window begins at any moment of that.
 */
static void make_stalls(struct pair *pair, uint64_t *random)
{
    double level = exp(ROUND_SCATTER * normal(random));
    double with = level * exp(WINDOW_SCATTER * normal(random));
    double alone = level * exp(WINDOW_SCATTER * normal(random));
    double hold = 400 * exp(0.1 * normal(random));
    double begin = -random_unit(random) * (1000 + hold);
    double end = begin + hold;
    pair->large = 0;
    for (int i = 0; i < REQUESTS; i++) {
        double now = 4.0 * i;
        while (now >= end + 1000) {
            begin = end + 1000;
            hold = 400 * exp(0.1 * normal(random));
            end = begin + hold;
        }
        bool held = now >= begin && now < end;
        pair->large += now < end && now + 4 >= end;
        put(pair->with, with * exp(0.2 * normal(random)) + (held ? end - now : 0));
    }
    for (int i = 0; i < ALONE; i++)
        put(pair->alone, alone * exp(0.2 * normal(random)));
}

static const struct scenario {
    const char *name;
    void (*make)(struct pair *pair, uint64_t *random);
} scenarios[] = {
    {"log-normal", make_log_normal},
    {"with stalls", make_stalls},
};

/* The rounds of a run, as windows of a cell; reused from run to run. */
struct rounds {
    struct cell_window windows[2 * ROUNDS_MOST]; /* with and without large requests, in turn */
    struct cell cell;
    struct interference found;
    uint64_t large;
};

static void clear(struct class_stats *stats)
{
    struct histogram *response = &stats->response;
    memset(response->counts, 0, (size_t)response->counts_length * sizeof *response->counts);
    response->total = response->sum = 0;
    response->min = response->max = 0;
    stats->planned = stats->ok = 0;
}

static int rounds_init(struct rounds *rounds)
{
    memset(rounds, 0, sizeof *rounds);
    int r = class_stats_init(&rounds->cell.stats);
    if (r == 0)
        r = class_stats_init(&rounds->cell.baseline);
    for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(rounds->windows); i++) {
        rounds->windows[i].alone = i % 2;
        r = class_stats_init(&rounds->windows[i].stats);
    }
    rounds->cell.windows = rounds->windows;
    return r;
}

static void rounds_deinit(struct rounds *rounds)
{
    class_stats_deinit(&rounds->cell.stats);
    class_stats_deinit(&rounds->cell.baseline);
    for (size_t i = 0; i < ARRAY_LENGTH(rounds->windows); i++)
        class_stats_deinit(&rounds->windows[i].stats);
}

/* Makes a run and what is concluded from it. Returns 0 or a negative errno. */
static int run(struct rounds *rounds, const struct scenario *scenario, size_t count,
               uint64_t *random)
{
    struct interference_round rows[ROUNDS_MOST];
    struct cell *cell = &rounds->cell;
    int r = 0;
    clear(&cell->stats);
    clear(&cell->baseline);
    cell->window_count = 2 * count;
    rounds->large = 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        struct pair pair = {&rounds->windows[2 * i].stats, &rounds->windows[2 * i + 1].stats, 0};
        clear(pair.with);
        clear(pair.alone);
        scenario->make(&pair, random);
        rounds->large += pair.large;
        rows[i] = (struct interference_round){pair.with, pair.alone, pair.large};
        r = class_stats_merge(&cell->stats, pair.with);
        if (r == 0)
            r = class_stats_merge(&cell->baseline, pair.alone);
    }
    const struct interference_rounds all = {rows, count, &cell->stats, &cell->baseline};
    return r ? r : interference_of_rounds(&all, &rounds->found);
}

static struct estimate estimate_of(const struct rounds *rounds, const struct figure *figure)
{
    if (figure->kind == COLLATERAL)
        return rounds->found.collateral_ms;
    if (figure->kind == RATIO)
        return rounds->found.ratios[figure->index];
    struct percentile found =
        percentile_of(percentile_response_of(&rounds->cell, figure->kind == UNLOADED),
                      interference_percents[figure->index]);
    return (struct estimate){.known = found.known,
                             .value = (double)found.ns,
                             .bounded = found.bounded,
                             .low = (double)found.low,
                             .high = (double)found.high};
}

/*
 * What very many rounds come to: the geometric mean of their ratios, their sums' quotient, and the
 * percentiles of all requests together.
 */
static int find_truth(struct rounds *rounds, const struct scenario *scenario, double *truth)
{
    enum { RUNS = TRUTH_ROUNDS / ROUNDS_MOST };
    CLEANUP(rounds_deinit)
    struct rounds all;
    uint64_t random = 99;
    double large = 0;
    int r = rounds_init(&all);
    memset(truth, 0, FIGURES * sizeof *truth);
    for (int i = 0; r == 0 && i < RUNS; i++) {
        r = run(rounds, scenario, ROUNDS_MOST, &random);
        for (size_t f = 0; f < FIGURES; f++) {
            double value = estimate_of(rounds, &figures[f]).value;
            if (figures[f].kind == RATIO)
                truth[f] += log(value) / RUNS;
            else if (figures[f].kind == COLLATERAL)
                truth[f] += value * (double)rounds->large;
        }
        large += (double)rounds->large;
        if (r == 0)
            r = class_stats_merge(&all.cell.stats, &rounds->cell.stats);
        if (r == 0)
            r = class_stats_merge(&all.cell.baseline, &rounds->cell.baseline);
    }
    for (size_t f = 0; f < FIGURES; f++) {
        if (figures[f].kind == RATIO)
            truth[f] = exp(truth[f]);
        else if (figures[f].kind == COLLATERAL)
            truth[f] /= large;
        else
            truth[f] = estimate_of(&all, &figures[f]).value;
    }
    return r;
}

/* Intervals that are not told do not count. */
static int judge(struct rounds *rounds, const struct scenario *scenario, size_t count, int trials,
                 const double *truth)
{
    uint64_t random = 7 + count;
    int told[FIGURES] = {0};
    int held[FIGURES] = {0};
    int r = 0;
    for (int trial = 0; r == 0 && trial < trials; trial++) {
        r = run(rounds, scenario, count, &random);
        for (size_t f = 0; f < FIGURES; f++) {
            struct estimate estimate = estimate_of(rounds, &figures[f]);
            told[f] += estimate.bounded;
            held[f] += estimate.bounded && estimate.low <= truth[f] && truth[f] <= estimate.high;
        }
    }
    for (size_t f = 0; r == 0 && f < FIGURES; f++) {
        if (told[f])
            printf("%s, %s, %zu rounds: %.1f\n", scenario->name, figures[f].name, count,
                   100.0 * held[f] / told[f]);
    }
    return r;
}

int main(int argc, char **argv)
{
    static const size_t counts[] = {3, 4, 5, 6, 10};
    int trials = argc > 1 ? atoi(argv[1]) : TRIALS;
    CLEANUP(rounds_deinit)
    struct rounds rounds;
    int r = rounds_init(&rounds);
    for (size_t s = 0; r == 0 && s < ARRAY_LENGTH(scenarios); s++) {
        double truth[FIGURES];
        r = find_truth(&rounds, &scenarios[s], truth);
        for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(counts); i++)
            r = judge(&rounds, &scenarios[s], counts[i], trials, truth);
    }
    return r || trials < 1 ? 1 : 0;
}
