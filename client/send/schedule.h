/*
 * schedule.h: when the requests of an open class are planned. Pure arithmetic:
 * the plan never depends on replies, which is what makes the measurement free
 * of coordinated omission.
 */
#ifndef LOOPLAG_CLIENT_SCHEDULE_H
#define LOOPLAG_CLIENT_SCHEDULE_H

#include <stdint.h>

/**
 * Requests in [start_ns, end_ns); times in monotonic ns. They come every
 * interval_ns, or at the offsets from the start if there are any.
 */
struct schedule {
    int64_t start_ns;
    int64_t end_ns;
    int64_t interval_ns;    /**< > 0 */
    const int64_t *offsets; /**< NULL, or `count` of them in rising order; borrowed */
    uint64_t count;
};

/** The planned send time of request `index` (from 0); the end when there is none. */
int64_t schedule_time(const struct schedule *schedule, uint64_t index);

/** How many requests are planned before `until_ns` (at most until the end). */
uint64_t schedule_count(const struct schedule *schedule, int64_t until_ns);

/**
 * Makes the offsets of a Poisson process of mean interval `interval_ns` over
 * `duration_ns`: exponential gaps, the same for the same seed. The caller
 * frees *offsets. Returns 0 or -ENOMEM.
 */
int schedule_make_poisson(int64_t interval_ns, int64_t duration_ns, uint64_t seed,
                          int64_t **offsets, uint64_t *count);

#endif
