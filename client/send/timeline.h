/*
 * timeline.h: every request of a window as a point: when it was due and how
 * long it took, so that a run can be drawn. Memory is bounded: where there are
 * more requests than TIMELINE_POINTS_MOST, the window's time is cut into slots, and of
 * each the shortest, the longest and the longest that failed are kept. So no
 * maximum and no failure disappears, and adding one never takes long.
 */
#ifndef LOOPLAG_CLIENT_TIMELINE_H
#define LOOPLAG_CLIENT_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Of a window; up to so many requests are all kept. */
enum { TIMELINE_POINTS_MOST = 16384, TIMELINE_SLOTS = 2048 };

struct timeline_point {
    int64_t at_us;    /**< from the window's start: planned, of a large class sent; those that lead
                         the window are before it */
    uint32_t took_us; /**< from then to the last byte, or to the failure; 71 minutes at most */
    bool failed;      /**< no good reply: it took at least so long */
};

/** A zeroed one is valid and empty. */
struct timeline {
    struct timeline_point *points; /**< owned */
    size_t count;
    size_t capacity;
    bool thinned;                /**< points were left out */
    struct timeline_slot *slots; /**< owned; NULL until there are too many points */
    int64_t slot_us;             /**< how long a slot is */
};

/** Frees everything. Twice is fine. */
void timeline_deinit(struct timeline *timeline);

/** Adds a point. Returns 0 or -ENOMEM. */
int timeline_add(struct timeline *timeline, const struct timeline_point *point);

/** A point of times in ns. `took_ns` below 0 counts as 0. */
struct timeline_point timeline_point_of(int64_t at_ns, int64_t took_ns, bool failed);

/** Adds all points of `from`. Returns 0 or -ENOMEM. */
int timeline_merge(struct timeline *into, const struct timeline *from);

/** Brings the points in the order of time. Nothing is to be added afterwards. */
void timeline_seal(struct timeline *timeline);

/** Thins a sealed one to at most 3 * `slots` points, 1 to TIMELINE_SLOTS. Returns 0 or -ENOMEM. */
int timeline_thin(struct timeline *timeline, size_t slots);

#endif
