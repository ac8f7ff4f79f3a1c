/*
 * exposure.h: what small requests met on a ladder (measure/ladder.h). For each number of large
 * requests in flight: how many of the small ones that were sent while the server
 * had large ones in hand waited for the end of one of these (they were stuck), and how many were
 * only slowed.
 *
 * A large request is in hand from the moment its body was handed over until its reply
 * begins. Before that, the server may be waiting for bytes and stalls nobody; on a loopback some MB
 * of a body may still lie in socket buffers. Where that time is too short to be seen (a
 * body that is handled as it comes), the whole time of a large request counts instead.
 *
 * A small request can tell only if the first of those large ones still takes much longer than a
 * small one does by itself: `patience`. It is stuck if it comes back no sooner than that one ends.
 */
#ifndef LOOPLAG_CLIENT_EXPOSURE_H
#define LOOPLAG_CLIENT_EXPOSURE_H

#include "measure/ladder.h"
#include "send/samples.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Large requests in flight at the most, and how many different numbers of them. */
enum { EXPOSURE_LARGE_MOST = 64, EXPOSURE_ROWS_MOST = 32 };

/** A large request's reply may be read later than that of a small one that waited for it. */
#define EXPOSURE_STUCK_SHARE 0.9

/** Times of requests, from their actual send, in ms; all 0 when count is 0. */
struct exposure_times {
    size_t count;
    double median;
    double low; /**< the 95 % interval of the median, by order statistics */
    double high;
    double p95;
    double p99;
};

/** All steps with one number of large requests. */
struct exposure {
    unsigned large;
    uint64_t small_sent;
    uint64_t small_failed;
    uint64_t large_sent;
    uint64_t large_failed;
    struct exposure_times small; /**< those that were answered */
    struct exposure_times free;  /**< those that met large ones and were not stuck */
    double large_ms;             /**< median of a large request, from its send to its reply */
    double in_hand_ms;           /**< median of the time that it was in hand */
    double patience_ms;
    /* By the number of large requests that were in hand. */
    uint64_t met[EXPOSURE_LARGE_MOST + 1];
    uint64_t stuck[EXPOSURE_LARGE_MOST + 1];
    uint64_t met_all;
    uint64_t stuck_all;
    uint64_t slowed;        /**< not stuck, and longer than without large ones 99 of 100 take, and
                                 than twice their median */
    double read_lag_p99_ms; /**< how long a small one's reply may have lain unread */
};

struct exposures {
    struct exposure rows[EXPOSURE_ROWS_MOST]; /**< by rising `large` */
    size_t count;
    bool whole; /**< the whole time of a large request counts as in hand */
};

/**
 * Counts. Requests that ended unanswered because their time was over count as long as they were
 * seen to last; other failures meet nobody. Returns 0 or -ENOMEM.
 */
int exposures_make(struct exposures *exposures, const struct samples *small,
                   const struct samples *large, const struct ladder_step *steps, size_t count);

/**
 * Whether the client read replies in time: how late it was would not make a small request that
 * was not stuck look so.
 */
bool exposures_are_timely(const struct exposures *exposures);

/** The row of so many large requests, or NULL. */
const struct exposure *exposures_find(const struct exposures *exposures, unsigned large);

/** The row of the fewest large requests (one or more) whose replies came, or NULL. */
const struct exposure *exposures_first(const struct exposures *exposures);

#endif
