/*
 * recent.h: the last seconds of a worker, a tenth of a second at a time: the longest hold and the
 * longest answer of each.
 *
 * For who watches a server live: who asks now and then misses nothing that came between. Only what
 * took a millisecond is noted, so most callbacks cost a comparison. A cell holds its tenth of a
 * second above the time in us: the largest value is the newest, and of those the longest, so one
 * atomic word is all there is to keep.
 */
#ifndef LOOPLAG_STATS_RECENT_H
#define LOOPLAG_STATS_RECENT_H

#include "base/clock.h"

#include <stdatomic.h>
#include <stdint.h>

enum { RECENT_CELLS = 128 };
#define RECENT_TICK_NS (100 * NS_PER_MS)
#define RECENT_LEAST_NS NS_PER_MS

/** Zeroed: nothing was noted. */
struct recent {
    _Atomic uint64_t holds[RECENT_CELLS];
    _Atomic uint64_t answers[RECENT_CELLS];
};

/** Notes what took `ns` until the monotonic time `now_ns`, in one of the two rows. */
void recent_note(_Atomic uint64_t row[RECENT_CELLS], int64_t now_ns, int64_t ns);

/** A callback that ends now kept its thread for `ns`. */
static inline void recent_hold(struct recent *recent, int64_t now_ns, int64_t ns)
{
    if (ns >= RECENT_LEAST_NS)
        recent_note(recent->holds, now_ns, ns);
}

/** A request that is answered now took `ns` from its complete head. */
static inline void recent_answer(struct recent *recent, int64_t now_ns, int64_t ns)
{
    if (ns >= RECENT_LEAST_NS)
        recent_note(recent->answers, now_ns, ns);
}

/** The longest of a tick (monotonic time / RECENT_TICK_NS) in a row, in ns; 0: none is known. */
int64_t recent_longest(const _Atomic uint64_t row[RECENT_CELLS], int64_t tick);

#endif
