/*
 * interval_coverage.c: how often the intervals of a run hold the truth. Rounds are made
 * up, request by request, and given to the same code that judges measured
 * ones (analysis/interference.h). Prints one line for each kind of rounds, figure
 * and number of rounds: the share of intervals, in percent, that hold what
 * very many rounds come to.
 *
 * usage: interval_coverage [TRIALS]
 */
#include "analysis/interference.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MOST = 10, TRIALS = 2000, TRUTH_ROUNDS = 20000, REQUESTS = 500, ALONE = 400 };
/* Standard deviations of the logarithms of a round's level and of a window's in it. */
#define ROUND_SCATTER 0.15
#define WINDOW_SCATTER 0.15

enum { P50, P99, COLLATERAL, FIGURES };

static const char *const figure_names[] = {"ratio of p50", "ratio of p99", "collateral delay"};
static const int indexes[] = {0, 3}; /* in interference_percents */

static double normal(uint64_t *random)
{
    double radius = sqrt(-2 * log(random_unit(random)));
    return radius * cos(6.283185307179586 * random_unit(random));
}

/* One round's two windows. */
struct pair {
    struct class_stats with;
    struct class_stats alone;
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
        put(&pair->with, with * exp(0.5 * normal(random)));
    for (int i = 0; i < ALONE; i++)
        put(&pair->alone, alone * exp(0.5 * normal(random)));
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
        put(&pair->with, with * exp(0.2 * normal(random)) + (held ? end - now : 0));
    }
    for (int i = 0; i < ALONE; i++)
        put(&pair->alone, alone * exp(0.2 * normal(random)));
}

static const struct scenario {
    const char *name;
    void (*make)(struct pair *pair, uint64_t *random);
} scenarios[] = {
    {"log-normal", make_log_normal},
    {"with stalls", make_stalls},
};

/* The rounds of a run, and their sums; reused from run to run. */
struct rounds {
    struct pair pairs[ROUNDS_MOST];
    struct class_stats with;
    struct class_stats alone;
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
    int r = class_stats_init(&rounds->with);
    if (r == 0)
        r = class_stats_init(&rounds->alone);
    for (size_t i = 0; r == 0 && i < ROUNDS_MOST; i++) {
        r = class_stats_init(&rounds->pairs[i].with);
        if (r == 0)
            r = class_stats_init(&rounds->pairs[i].alone);
    }
    return r;
}

static void rounds_deinit(struct rounds *rounds)
{
    class_stats_deinit(&rounds->with);
    class_stats_deinit(&rounds->alone);
    for (size_t i = 0; i < ROUNDS_MOST; i++) {
        class_stats_deinit(&rounds->pairs[i].with);
        class_stats_deinit(&rounds->pairs[i].alone);
    }
}

/* Makes a run and what is concluded from it. Returns 0 or a negative errno. */
static int run(struct rounds *rounds, const struct scenario *scenario, size_t count,
               uint64_t *random, struct interference *found)
{
    struct interference_round rows[ROUNDS_MOST];
    int r = 0;
    clear(&rounds->with);
    clear(&rounds->alone);
    for (size_t i = 0; r == 0 && i < count; i++) {
        struct pair *pair = &rounds->pairs[i];
        clear(&pair->with);
        clear(&pair->alone);
        scenario->make(pair, random);
        rows[i] = (struct interference_round){&pair->with, &pair->alone, pair->large};
        r = class_stats_merge(&rounds->with, &pair->with);
        if (r == 0)
            r = class_stats_merge(&rounds->alone, &pair->alone);
    }
    const struct interference_rounds all = {rows, count, &rounds->with, &rounds->alone};
    return r ? r : interference_of_rounds(&all, found);
}

static const struct estimate *figure_of(const struct interference *found, int figure)
{
    return figure == COLLATERAL ? &found->collateral_ms : &found->ratios[indexes[figure]];
}

/* What very many rounds come to: the geometric mean of their ratios, their sums' quotient. */
static int find_truth(struct rounds *rounds, const struct scenario *scenario, double *truth)
{
    uint64_t random = 99;
    double logs[FIGURES] = {0};
    double extra = 0;
    double large = 0;
    int r = 0;
    for (int i = 0; r == 0 && i < TRUTH_ROUNDS / ROUNDS_MOST; i++) {
        struct interference found;
        r = run(rounds, scenario, ROUNDS_MOST, &random, &found);
        uint64_t count = 0;
        for (size_t p = 0; p < ROUNDS_MOST; p++)
            count += rounds->pairs[p].large;
        for (int figure = 0; figure < COLLATERAL; figure++)
            logs[figure] += log(figure_of(&found, figure)->value);
        extra += found.collateral_ms.value * (double)count;
        large += (double)count;
    }
    for (int figure = 0; figure < COLLATERAL; figure++)
        truth[figure] = exp(logs[figure] / (TRUTH_ROUNDS / ROUNDS_MOST));
    truth[COLLATERAL] = extra / large;
    return r;
}

static int judge(struct rounds *rounds, const struct scenario *scenario, size_t count, int trials,
                 const double *truth)
{
    uint64_t random = 7 + count;
    int held[FIGURES] = {0};
    int r = 0;
    for (int trial = 0; r == 0 && trial < trials; trial++) {
        struct interference found;
        r = run(rounds, scenario, count, &random, &found);
        for (int figure = 0; figure < FIGURES; figure++) {
            const struct estimate *estimate = figure_of(&found, figure);
            held[figure] += estimate->low <= truth[figure] && truth[figure] <= estimate->high;
        }
    }
    for (int figure = 0; r == 0 && figure < FIGURES; figure++) {
        printf("%s, %s, %zu rounds: %.1f\n", scenario->name, figure_names[figure], count,
               100.0 * held[figure] / trials);
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
