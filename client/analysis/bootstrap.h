/*
 * bootstrap.h: intervals by resampling whole rounds. Requests of one window
 * are correlated (one stall hits many), so the round, a window with the large
 * classes and its neighbour without, is the unit that is drawn with
 * replacement (block bootstrap: Kuensch 1989; Davison and Hinkley 1997, 8.2).
 * Few rounds give too narrow an interval: the level is widened as in
 * Hesterberg 2015, "What teachers should know about the bootstrap", 5.2
 * (expanded percentile interval). Seeded: the same windows, the same interval.
 */
#ifndef LOOPLAG_CLIENT_BOOTSTRAP_H
#define LOOPLAG_CLIENT_BOOTSTRAP_H

#include "base/histogram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** With fewer rounds there is no interval. */
#define BOOTSTRAP_ROUNDS_LEAST 3

/** The most percentiles at a time. */
enum { BOOTSTRAP_FIGURES_MOST = 8 };

/** A round. Histograms are borrowed, of ns, and of one layout. */
struct bootstrap_round {
    const struct histogram *with;
    const struct histogram *alone;
    uint64_t large; /**< requests of the large classes that were answered in it */
};

/** A figure and its 95 % interval. */
struct estimate {
    bool known;
    bool at_least; /**< known, and the truth is `value` or more; then there is no interval */
    double value;
    bool bounded; /**< low and high are known */
    double low;
    double high;
};

/** What is estimated from rounds. */
struct bootstrap_figures {
    const double *percents;        /**< borrowed */
    size_t count;                  /**< of percents and ratios, at most BOOTSTRAP_FIGURES_MOST */
    struct estimate *ratios;       /**< out: percentile with ÷ percentile without */
    struct estimate collateral_ms; /**< out: summed extra waiting per large request */
};

/**
 * Fills the figures in: values from all rounds together, intervals when there
 * are rounds enough. Returns 0 or -ENOMEM.
 */
int bootstrap_run(const struct bootstrap_round *rounds, size_t count,
                  struct bootstrap_figures *figures);

#endif
