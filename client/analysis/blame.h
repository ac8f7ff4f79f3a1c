/*
 * blame.h: intervals in, blame out: how much of one request's extra wait falls
 * into the times in which a large request held the loop. Pure arithmetic.
 */
#ifndef LOOPLAG_CLIENT_BLAME_H
#define LOOPLAG_CLIENT_BLAME_H

#include <stddef.h>
#include <stdint.h>

/** When something held a thread, or was in flight; monotonic ns. */
struct blame_hold {
    int64_t start_ns;
    int64_t end_ns;
};

/** A request that took too long. */
struct blame_wait {
    int64_t planned_ns;
    int64_t end_ns;
    int64_t excess_ns; /**< what it took beyond the usual */
};

struct blame {
    size_t worst; /**< the hold with the largest overlap; the count of holds when none has any */
    int64_t worst_ns;  /**< its overlap with the wait, at most the excess */
    int64_t blamed_ns; /**< overlap with all holds, no time counted twice, at most the excess */
};

/** Joins a wait with `count` holds in the order of their ends. */
struct blame blame_assign(const struct blame_wait *wait, const struct blame_hold *holds,
                          size_t count);

#endif
