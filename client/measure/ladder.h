/*
 * ladder.h: one server with no large request in flight, with one, with two and
 * more: a window for each step. Every request is kept, for what is concluded is
 * about which large ones a small one met.
 */
#ifndef LOOPLAG_CLIENT_LADDER_H
#define LOOPLAG_CLIENT_LADDER_H

#include "measure/result.h"
#include "measure/session.h"
#include "measure/workload.h"

#include <stddef.h>
#include <stdint.h>

enum { LADDER_STEPS_MOST = 64 };

/** A window: its number in the samples is its place, counted from 1. */
struct ladder_step {
    unsigned large; /**< large requests that were kept in flight */
};

/** Not to be moved. A zeroed one is a valid, empty one. */
struct ladder {
    struct options *options; /**< borrowed, as the next; the large class changes with each step */
    size_t small;            /**< number of the class, as the next */
    size_t large;
    int64_t timeout_ns; /**< of a request, as asked for */
    struct result result;
    struct progress progress;
    struct session session;
    struct ladder_step steps[LADDER_STEPS_MOST];
    size_t count;
};

/**
 * Prepares a workload of one large class and another, made of `options`. The large
 * one becomes closed without a pause. Returns 0 or -ENOMEM (ladder_deinit may
 * follow either way).
 */
int ladder_init(struct ladder *ladder, const struct workload *workload, struct options *options,
                const struct target *target, int argc, char **argv);

/** Frees the result. Twice is fine. */
void ladder_deinit(struct ladder *ladder);

/** Sends one small request, for `most_ns` at the longest; the rest is session_try's. */
int ladder_try(struct ladder *ladder, int64_t most_ns, const struct cell **cell,
               struct failure *failure);

/**
 * Sends small requests for `duration_ns` beside `large` large ones, and waits for all
 * replies, for each request `most_ns` at the longest: one that is cut off before its own time-out
 * is interrupted, no failure. Returns 0, RUNNER_INTERRUPTED or a negative
 * errno (-ENOSPC: LADDER_STEPS_MOST steps were made).
 */
int ladder_step(struct ladder *ladder, unsigned large, int64_t duration_ns, int64_t most_ns);

/** Every small and every large request of all steps. */
const struct samples *ladder_small(const struct ladder *ladder);
const struct samples *ladder_large(const struct ladder *ladder);

#endif
