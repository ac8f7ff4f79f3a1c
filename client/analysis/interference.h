/*
 * interference.h: what the large classes did to a class, from the windows of
 * one run with and without them.
 */
#ifndef LOOPLAG_CLIENT_INTERFERENCE_H
#define LOOPLAG_CLIENT_INTERFERENCE_H

#include "analysis/bootstrap.h"
#include "plan/percents.h"

#include <stddef.h>

struct cell;
struct result;

struct interference {
    struct estimate ratios[INTERFERENCE_PERCENTS]; /**< response time with ÷ without */
    struct estimate collateral_ms; /**< summed extra waiting of the class per large request */
    size_t rounds;                 /**< whole ones, which the intervals come from */
};

/** Fills in all of the cell. Without a baseline nothing is known. Returns 0 or -ENOMEM. */
int interference_of(const struct result *result, const struct cell *cell,
                    struct interference *interference);

/** The highest percentile whose ratio is known, as an index, or -1. */
int interference_highest(const struct interference *interference);

#endif
