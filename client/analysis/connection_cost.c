/*
 * connection_cost.c: see connection_cost.h. The difference of the medians is
 * taken in each round, so that drift hits both alike; Student's interval is of
 * the mean of those differences.
 */
#include "analysis/connection_cost.h"

#include "analysis/difference.h"
#include "base/clock.h"
#include "base/error.h"
#include "measure/result.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define RISK 0.05

static const struct subject *subject_of(const struct result *result, const struct cell *cell)
{
    for (size_t i = 0; i < result->subject_count; i++) {
        if (result->subjects[i].number == cell->subject)
            return &result->subjects[i];
    }
    return NULL;
}

/* The same class of the same system, its connections reused. */
static const struct cell *find_kept(const struct result *result, const struct cell *cell,
                                    const struct subject *subject)
{
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *other = &result->cells[i];
        const struct subject *one = subject_of(result, other);
        if (other->class == cell->class && one && one->keepalive &&
            strcmp(one->system, subject->system) == 0 &&
            strcmp(one->endpoint, subject->endpoint) == 0)
            return other;
    }
    return NULL;
}

/* The median of a round's window, in us; NAN when nothing was answered. */
static double median_in(const struct cell *cell, unsigned round, bool alone)
{
    for (size_t w = 0; w < cell->window_count; w++) {
        const struct cell_window *window = &cell->windows[w];
        if (window->round == round && window->alone == alone && window->stats.ok)
            return (double)histogram_percentile(&window->stats.response, 50) / (double)NS_PER_US;
    }
    return (double)NAN;
}

static struct estimate estimate(const struct connection_cost *cost, unsigned rounds, bool alone)
{
    double sum = 0;
    double squares = 0;
    double count = 0;
    for (unsigned round = 0; round < rounds; round++) {
        double extra = median_in(cost->fresh, round, alone) - median_in(cost->kept, round, alone);
        if (isnan(extra))
            continue;
        sum += extra;
        squares += extra * extra;
        count++;
    }
    struct estimate found = {.known = count > 0, .value = count > 0 ? sum / count : 0};
    if (count < DIFFERENCE_ROUNDS_LEAST)
        return found;
    double variance = fmax(squares - sum * sum / count, 0) / (count - 1);
    double reach = difference_student(RISK, (size_t)count - 1) * sqrt(variance / count);
    found.bounded = true;
    found.low = found.value - reach;
    found.high = found.value + reach;
    return found;
}

bool connection_cost_of(const struct result *result, const struct cell *cell,
                        struct connection_cost *cost)
{
    const struct subject *subject = subject_of(result, cell);
    *cost = (struct connection_cost){.fresh = cell, .subject = subject};
    if (!subject || subject->keepalive || cell->heavy)
        return false;
    cost->kept = find_kept(result, cell, subject);
    if (!cost->kept)
        return false;
    unsigned rounds = result->options->rounds;
    cost->alone_us = estimate(cost, rounds, true);
    cost->with_us = estimate(cost, rounds, false);
    return true;
}
