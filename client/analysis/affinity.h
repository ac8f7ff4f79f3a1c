/*
 * affinity.h: requests of a class that shared their worker with a large one:
 * a client's luck or its fate, depending on how connections are spread. Joined
 * by the worker that each reply names (X-Worker); one event loop is one worker.
 */
#ifndef LOOPLAG_CLIENT_AFFINITY_H
#define LOOPLAG_CLIENT_AFFINITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cell;
struct result;

struct affinity {
    bool known;      /**< every request was kept and its worker named, large ones ran beside */
    bool named;      /**< by the replies; else it is one loop */
    size_t workers;  /**< that answered small or large requests */
    uint64_t count;  /**< requests, with the large classes running */
    uint64_t beside; /**< of them: a large one was in flight on the same worker meanwhile */
    uint64_t stuck;  /**< of those: slow, as stalls.h says what that is */
    int64_t beside_p50_ns; /**< response time of the ones beside; 0 when there are none */
    int64_t others_p50_ns; /**< of the others */
};

/** Finds the cell's affinity in the traces. Returns 0 or -ENOMEM. */
int affinity_find(const struct result *result, const struct cell *cell, struct affinity *affinity);

#endif
