/*
 * connection_cost.c: see connection_cost.h. The difference of the medians is
 * taken in each round, so that drift hits both alike. It is a time, and can be
 * negative by chance: Student's interval is of the differences as they are.
 */
#include "analysis/connection_cost.h"

#include "analysis/percentile.h"
#include "base/clock.h"
#include "base/error.h"
#include "measure/result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The same class of the same system, its connections reused. */
static const struct cell *find_kept(const struct result *result, const struct cell *cell,
                                    const struct subject *subject)
{
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *other = &result->cells[i];
        const struct subject *one = result_subject_of(result, other);
        if (other->class == cell->class && one && one->keepalive &&
            strcmp(one->system, subject->system) == 0 &&
            strcmp(one->endpoint, subject->endpoint) == 0)
            return other;
    }
    return NULL;
}

/* The median of a round's whole window, in us; NAN when it is not that of a reply. */
static double median_in(const struct cell *cell, unsigned round, bool alone)
{
    const struct cell_window *window = cell_window_in(cell, round, alone);
    if (!window || window->cut || !window->stats.ok)
        return (double)NAN;
    struct percentile median = percentile_of(percentile_response(&window->stats), 50);
    return median.censored ? (double)NAN : (double)median.ns / (double)NS_PER_US;
}

/* Rounds in which either was not answered say nothing. `extra` has room for all. */
static struct estimate estimate(const struct connection_cost *cost, unsigned rounds, bool alone,
                                double *extra)
{
    size_t count = 0;
    for (unsigned round = 0; round < rounds; round++) {
        extra[count] = median_in(cost->fresh, round, alone) - median_in(cost->kept, round, alone);
        count += !isnan(extra[count]);
    }
    return interval_of_values(extra, count);
}

int connection_cost_of(const struct result *result, const struct cell *cell,
                       struct connection_cost *cost)
{
    const struct subject *subject = result_subject_of(result, cell);
    *cost = (struct connection_cost){.fresh = cell, .subject = subject};
    if (!subject || subject->keepalive || cell->heavy)
        return CONNECTION_COST_NONE;
    cost->kept = find_kept(result, cell, subject);
    if (!cost->kept)
        return CONNECTION_COST_NONE;
    unsigned rounds = result->options->rounds;
    double *extra = calloc(rounds + 1U, sizeof *extra);
    if (!extra)
        return -ENOMEM;
    cost->alone_us = estimate(cost, rounds, true, extra);
    cost->with_us = estimate(cost, rounds, false, extra);
    free(extra);
    return 0;
}
