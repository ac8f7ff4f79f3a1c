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
 *
 * Large requests are followed, so that their holds are told apart from those of all others.
 * Each has its longest: its body is read in pieces, and others have their turn in between.
 */
#ifndef LOOPLAG_STATS_HOLD_H
#define LOOPLAG_STATS_HOLD_H

#include "stats/stats.h"

/** The holds of one request; zeroed: none yet, and it is not (or not yet) known to be large. */
struct hold {
    int64_t sum_ns;      /**< of all its callbacks */
    uint64_t square_us2; /**< the sum of their squares: how long others meet them, and how often */
    struct recent *recent; /**< where its worker's holds are noted; NULL: nowhere */
    bool followed;         /**< what follows is noted of it */
    int64_t longest_ns;    /**< of its callbacks */
    int64_t last_ns;       /**< how long the last one took */
    int64_t ended_ns;      /**< when that was over */
};

/** How long a callback kept its thread; cpu_ns is an upper bound. */
struct hold_time {
    int64_t wall_ns;
    int64_t cpu_ns;
    int64_t ended_ns;
};

/** A callback begins. Returns the monotonic time in ns, for hold_end. */
int64_t hold_begin(void);

/**
 * It ends, on the same thread: its hold is recorded, and noted for its worker and in its request's
 * `hold`. NULL is accepted. Returns how long that was.
 */
struct hold_time hold_end(struct stats *stats, int64_t began_ns, struct hold *hold);

/**
 * The request is over, on the same thread: for how long it kept that in one piece is recorded. That
 * is its longest callback. When it was the last one, too, the reply was sent and memory was freed
 * before anybody else's turn: what CPU time that took belongs to it.
 */
void hold_close(struct stats *stats, struct hold *hold);

#endif
