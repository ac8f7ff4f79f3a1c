/*
 * replay.h: what theory's own process would show in a run as short as the
 * measured one. A prediction is for ever; a run has few large requests, and
 * its windows may begin with one. The run is repeated on paper: the same windows,
 * the arrivals that theory assumes, holds drawn with replacement from those
 * that were seen (a parametric bootstrap: Efron and Tibshirani, An
 * Introduction to the Bootstrap, 1993, 6.5). Where its percentiles spread, the
 * measured one may lie by chance alone. Seeded: the same run, the same ranges.
 */
#ifndef LOOPLAG_CLIENT_REPLAY_H
#define LOOPLAG_CLIENT_REPLAY_H

#include <stdbool.h>
#include <stddef.h>

/** How large requests follow one another. */
enum replay_arrival {
    REPLAY_AFTER_REPLY, /**< a fixed time after the end of the last hold: closed */
    REPLAY_PERIODIC,
    REPLAY_POISSON
};

/** A run. Times in ms; lists are borrowed. */
struct replay {
    enum replay_arrival arrival;
    double period;       /**< from one to the next, the mean */
    const double *holds; /**< that were seen, at least one */
    size_t hold_count;
    const double *windows; /**< their lengths */
    size_t window_count;
    bool anywhere; /**< windows begin at any moment of the period, not with a large request */
};

/** Where a percentile lies in 95 of 100 such runs, and in the one in their middle, ms. */
struct replay_range {
    double low;
    double middle;
    double high;
};

/**
 * Fills in ranges[i] with the range of the wait that a share shares[i] (0 to
 * 1) of the requests does not exceed. Returns 0 or -ENOMEM.
 */
int replay_run(const struct replay *replay, const double *shares, size_t count,
               struct replay_range *ranges);

#endif
