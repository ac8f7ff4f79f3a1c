/*
 * hold.h: how long a callback keeps its thread from everything else, in wall
 * time and in CPU time.
 *
 * Other connections wait for as long as the wall time says; but a shared machine takes the
 * processor away from a loop, which is no fault of the callback. Reading the CPU clock is a
 * system call, so it is read at a callback's begin only when the thread's last
 * reading is older than 100 us, and at its end only after more than 200 us. The
 * CPU time is therefore an upper bound: it may include up to 100 us from before
 * the callback, and a short callback counts with its wall time.
 */
#ifndef LOOPLAG_STATS_HOLD_H
#define LOOPLAG_STATS_HOLD_H

#include "stats/stats.h"

/** A callback begins. Returns the monotonic time in ns, for hold_end. */
int64_t hold_begin(void);

/** It ends, on the same thread: its hold is recorded. */
void hold_end(struct stats *stats, int64_t began_ns);

#endif
