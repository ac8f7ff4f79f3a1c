/*
 * schedule.h: when the requests of an open class are planned. Pure arithmetic:
 * the plan never depends on replies, which is what makes the measurement free
 * of coordinated omission.
 */
#ifndef LOOPLAG_CLIENT_SCHEDULE_H
#define LOOPLAG_CLIENT_SCHEDULE_H

#include <stdint.h>

/** Requests every interval_ns in [start_ns, end_ns); times in monotonic ns. */
struct schedule {
    int64_t start_ns;
    int64_t end_ns;
    int64_t interval_ns; /**< > 0 */
};

/** The planned send time of request `index` (from 0). */
int64_t schedule_time(const struct schedule *schedule, uint64_t index);

/** How many requests are planned before `until_ns` (at most until the end). */
uint64_t schedule_count(const struct schedule *schedule, int64_t until_ns);

#endif
