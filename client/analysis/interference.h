/*
 * interference.h: what the large classes did to a class, from the windows of
 * one run with and without them.
 */
#ifndef LOOPLAG_CLIENT_INTERFERENCE_H
#define LOOPLAG_CLIENT_INTERFERENCE_H

#include "analysis/interval.h"
#include "plan/slo.h"
#include "send/stats.h"

#include <stddef.h>
#include <stdint.h>

struct cell;
struct result;

struct interference {
    struct estimate ratios[INTERFERENCE_PERCENTS]; /**< response time with ÷ without */
    struct estimate collateral_ms; /**< summed extra waiting of the class's replies per large one */
    size_t rounds;                 /**< whole ones, which the intervals come from */
};

/** A round: the class's windows in it, borrowed. */
struct interference_round {
    const struct class_stats *with;
    const struct class_stats *alone;
    uint64_t large; /**< requests of the large classes that were answered in it */
};

/** Rounds, and what their windows come to together; borrowed. */
struct interference_rounds {
    const struct interference_round *rows;
    size_t count;
    const struct class_stats *with;
    const struct class_stats *alone;
};

/**
 * The figures of the rounds. A ratio is known when all windows together have
 * samples enough for its percentile (percentile.h). Where the percentile with
 * the large classes is only known to be at least something, so is the ratio,
 * and it has no interval. Returns 0 or -ENOMEM.
 */
int interference_of_rounds(const struct interference_rounds *rounds,
                           struct interference *interference);

/** Fills in all of the cell. Without a baseline nothing is known. Returns 0 or -ENOMEM. */
int interference_of(const struct result *result, const struct cell *cell,
                    struct interference *interference);

/** The highest percentile whose ratio is known, as an index, or -1. */
int interference_highest(const struct interference *interference);

#endif
