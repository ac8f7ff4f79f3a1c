/*
 * bootstrap.c: see bootstrap.h. Histograms are packed first: only slots that
 * some round has hit, so that a resample is one pass over a short table.
 */
#include "analysis/bootstrap.h"

#include "analysis/percentile.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESAMPLES = 2000 };

/* The counts of one kind of windows: counts[round * slots + slot]. */
struct packed {
    size_t slots;
    int64_t *values;
    uint64_t *counts;
    double *sums; /* of a round, ns */
    uint64_t *totals;
};

static void packed_deinit(struct packed *packed)
{
    free(packed->values);
    free(packed->counts);
    free(packed->sums);
    free(packed->totals);
}

static const struct histogram *side(const struct bootstrap_round *round, bool alone)
{
    return alone ? round->alone : round->with;
}

static bool is_hit(const struct bootstrap_round *rounds, size_t count, bool alone, int32_t slot)
{
    for (size_t r = 0; r < count; r++) {
        if (side(&rounds[r], alone)->counts[slot])
            return true;
    }
    return false;
}

static int packed_init(struct packed *packed, const struct bootstrap_round *rounds, size_t count,
                       bool alone)
{
    const struct histogram *first = side(&rounds[0], alone);
    size_t slots = 0;
    for (int32_t slot = 0; slot < first->counts_length; slot++)
        slots += is_hit(rounds, count, alone, slot);
    *packed = (struct packed){
        .slots = slots,
        .values = calloc(slots + 1, sizeof *packed->values),
        .counts = calloc(slots * count + 1, sizeof *packed->counts),
        .sums = calloc(count, sizeof *packed->sums),
        .totals = calloc(count, sizeof *packed->totals),
    };
    if (!packed->values || !packed->counts || !packed->sums || !packed->totals)
        return -ENOMEM;
    int64_t most = 0;
    for (size_t r = 0; r < count; r++)
        most = side(&rounds[r], alone)->max > most ? side(&rounds[r], alone)->max : most;
    size_t used = 0;
    for (int32_t slot = 0; used < slots; slot++) {
        if (!is_hit(rounds, count, alone, slot))
            continue;
        for (size_t r = 0; r < count; r++)
            packed->counts[r * slots + used] = side(&rounds[r], alone)->counts[slot];
        int64_t highest = histogram_slot_highest(first, slot);
        packed->values[used++] = highest < most ? highest : most;
    }
    for (size_t r = 0; r < count; r++) {
        packed->sums[r] = (double)side(&rounds[r], alone)->sum;
        packed->totals[r] = side(&rounds[r], alone)->total;
    }
    return 0;
}

/* A resample: how often each round was drawn. */
struct draw {
    const unsigned *weights;
    size_t count;
};

static uint64_t draw_total(const struct packed *packed, const struct draw *draw, double *mean)
{
    uint64_t total = 0;
    double sum = 0;
    for (size_t r = 0; r < draw->count; r++) {
        total += draw->weights[r] * packed->totals[r];
        sum += draw->weights[r] * packed->sums[r];
    }
    *mean = total ? sum / (double)total : 0;
    return total;
}

static double draw_percentile(const struct packed *packed, const struct draw *draw, uint64_t total,
                              double percent)
{
    uint64_t rank = (uint64_t)fmax(1, ceil(percent / 100.0 * (double)total - 1e-9));
    uint64_t seen = 0;
    for (size_t slot = 0; slot < packed->slots; slot++) {
        for (size_t r = 0; r < draw->count; r++)
            seen += draw->weights[r] * packed->counts[r * packed->slots + slot];
        if (seen >= rank)
            return (double)packed->values[slot];
    }
    return 0;
}

/* Everything a resample needs; `results` has RESAMPLES rows of `figures` + 1. */
struct bootstrap {
    const struct bootstrap_round *rounds;
    size_t count;
    struct packed with;
    struct packed alone;
    unsigned *weights;
    double *results;
};

static void bootstrap_deinit(struct bootstrap *bootstrap)
{
    packed_deinit(&bootstrap->with);
    packed_deinit(&bootstrap->alone);
    free(bootstrap->weights);
    free(bootstrap->results);
}

/* Fills `out` with the ratios and, last, the collateral delay. NAN: not known. */
static void evaluate(const struct bootstrap *bootstrap, const struct bootstrap_figures *figures,
                     double *out)
{
    const struct draw draw = {bootstrap->weights, bootstrap->count};
    double mean_with;
    double mean_alone;
    uint64_t with = draw_total(&bootstrap->with, &draw, &mean_with);
    uint64_t alone = draw_total(&bootstrap->alone, &draw, &mean_alone);
    uint64_t large = 0;
    for (size_t r = 0; r < bootstrap->count; r++)
        large += bootstrap->weights[r] * bootstrap->rounds[r].large;
    for (size_t i = 0; i < figures->count; i++) {
        double percent = figures->percents[i];
        double below = draw_percentile(&bootstrap->alone, &draw, alone, percent);
        out[i] = below > 0 && with ? draw_percentile(&bootstrap->with, &draw, with, percent) / below
                                   : (double)NAN;
    }
    double extra = (mean_with - mean_alone) * (double)with / (double)NS_PER_MS;
    out[figures->count] = with && alone && large ? extra / (double)large : (double)NAN;
}

/* The two-sided 95 % quantile of Student's t, for `degrees` of freedom. */
static double student(size_t degrees)
{
    static const double table[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262};
    if (degrees <= ARRAY_LENGTH(table))
        return table[degrees - 1];
    double d = (double)degrees;
    return 1.95996 + 2.3723 / d + 2.8225 / (d * d) + 2.5556 / (d * d * d);
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static void set_bounds(struct estimate *estimate, double *values, size_t count, size_t rounds)
{
    if (!estimate->known || count < RESAMPLES / 2)
        return;
    double n = (double)rounds;
    double level = 0.5 * erfc(sqrt(n / (n - 1)) * student(rounds - 1) / sqrt(2.0));
    size_t cut = (size_t)(level * (double)count);
    qsort(values, count, sizeof *values, compare_doubles);
    estimate->bounded = true;
    estimate->low = values[cut];
    estimate->high = values[count - 1 - cut];
}

static int resample(struct bootstrap *bootstrap, struct bootstrap_figures *figures)
{
    size_t width = figures->count + 1;
    uint64_t state = 1;
    bootstrap->results = calloc((size_t)RESAMPLES * (width + 1), sizeof *bootstrap->results);
    if (!bootstrap->results)
        return -ENOMEM;
    for (size_t i = 0; i < RESAMPLES; i++) {
        memset(bootstrap->weights, 0, bootstrap->count * sizeof *bootstrap->weights);
        for (size_t r = 0; r < bootstrap->count; r++)
            bootstrap->weights[random_next(&state) % bootstrap->count]++;
        evaluate(bootstrap, figures, bootstrap->results + i * width);
    }
    double *column = bootstrap->results + (size_t)RESAMPLES * width;
    for (size_t figure = 0; figure < width; figure++) {
        size_t count = 0;
        for (size_t i = 0; i < RESAMPLES; i++) {
            double value = bootstrap->results[i * width + figure];
            if (!isnan(value))
                column[count++] = value;
        }
        set_bounds(figure < figures->count ? &figures->ratios[figure] : &figures->collateral_ms,
                   column, count, bootstrap->count);
    }
    return 0;
}

/* The figures of all rounds together, each drawn once. */
static void set_values(struct bootstrap *bootstrap, struct bootstrap_figures *figures)
{
    double values[BOOTSTRAP_FIGURES_MOST + 1];
    uint64_t totals[2] = {0};
    for (size_t r = 0; r < bootstrap->count; r++) {
        bootstrap->weights[r] = 1;
        totals[0] += bootstrap->with.totals[r];
        totals[1] += bootstrap->alone.totals[r];
    }
    uint64_t least = totals[0] < totals[1] ? totals[0] : totals[1];
    evaluate(bootstrap, figures, values);
    for (size_t i = 0; i < figures->count; i++) {
        bool known = !isnan(values[i]) && percentile_is_known(least, figures->percents[i]);
        figures->ratios[i] = (struct estimate){.known = known, .value = known ? values[i] : 0};
    }
    double collateral = values[figures->count];
    figures->collateral_ms = (struct estimate){.known = !isnan(collateral)};
    if (figures->collateral_ms.known)
        figures->collateral_ms.value = collateral;
}

static int run(struct bootstrap *bootstrap, struct bootstrap_figures *figures)
{
    bootstrap->weights = calloc(bootstrap->count, sizeof *bootstrap->weights);
    int r = bootstrap->weights ? 0 : -ENOMEM;
    if (r == 0)
        r = packed_init(&bootstrap->with, bootstrap->rounds, bootstrap->count, false);
    if (r == 0)
        r = packed_init(&bootstrap->alone, bootstrap->rounds, bootstrap->count, true);
    if (r)
        return r;
    set_values(bootstrap, figures);
    return bootstrap->count < BOOTSTRAP_ROUNDS_LEAST ? 0 : resample(bootstrap, figures);
}

int bootstrap_run(const struct bootstrap_round *rounds, size_t count,
                  struct bootstrap_figures *figures)
{
    for (size_t i = 0; i < figures->count; i++)
        figures->ratios[i] = (struct estimate){0};
    figures->collateral_ms = (struct estimate){0};
    if (count == 0)
        return 0;
    struct bootstrap bootstrap = {.rounds = rounds, .count = count};
    int r = run(&bootstrap, figures);
    bootstrap_deinit(&bootstrap);
    return r;
}
