/*
 * gauges.h: levels of the moment, written where they change and read by /stats.
 */
#ifndef LOOPLAG_STATS_GAUGES_H
#define LOOPLAG_STATS_GAUGES_H

#include <stdatomic.h>
#include <stdint.h>

/** Handler threads and their queue. */
struct stats_handlers {
    unsigned threads;     /**< 0: requests are answered where they are read */
    unsigned queue_limit; /**< most requests that wait for a thread */
    atomic_uint busy;
    atomic_uint queued;
    atomic_ulong refused; /**< requests that met a full queue */
};

/** The lane for large bodies, of all processes. */
struct stats_lane {
    unsigned limit; /**< large requests that are admitted at a time; 0: any number */
    unsigned admitted;
    unsigned waiting;
    uint64_t rejected; /**< large requests that were turned away */
};

#endif
