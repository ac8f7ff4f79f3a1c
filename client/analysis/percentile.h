/*
 * percentile.h: how far a percentile can be trusted: whether there are
 * samples enough to speak of it, and its confidence interval from order
 * statistics (David and Nagaraja, Order Statistics, 3rd ed., 7.1).
 */
#ifndef LOOPLAG_CLIENT_PERCENTILE_H
#define LOOPLAG_CLIENT_PERCENTILE_H

#include "base/histogram.h"

#include <stdbool.h>
#include <stdint.h>

/** A percentile with fewer samples beyond it is not told. */
#define PERCENTILE_BEYOND 10

/** Whether at least PERCENTILE_BEYOND of `count` samples lie beyond `percent` (0 to 100). */
bool percentile_is_known(uint64_t count, double percent);

/** A pair of ranks from 1 to the count. */
struct percentile_ranks {
    uint64_t low;
    uint64_t high;
};

/**
 * The ranks between which the true percentile lies with a confidence of at
 * least 95 %, whatever the distribution, if samples are independent. Returns
 * false when `count` samples are too few for either end.
 */
bool percentile_ranks(uint64_t count, double percent, struct percentile_ranks *ranks);

/** The values at those ranks, in the histogram's unit. Returns false as percentile_ranks does. */
bool percentile_interval(const struct histogram *histogram, double percent, int64_t *low,
                         int64_t *high);

#endif
