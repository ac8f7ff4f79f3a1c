/* schedule.c: see schedule.h. */
#include "schedule.h"

int64_t schedule_time(const struct schedule *schedule, uint64_t index)
{
    return schedule->start_ns + (int64_t)index * schedule->interval_ns;
}

uint64_t schedule_count(const struct schedule *schedule, int64_t until_ns)
{
    int64_t until = until_ns < schedule->end_ns ? until_ns : schedule->end_ns;
    if (until <= schedule->start_ns)
        return 0;
    int64_t span = until - schedule->start_ns;
    return (uint64_t)((span + schedule->interval_ns - 1) / schedule->interval_ns);
}
