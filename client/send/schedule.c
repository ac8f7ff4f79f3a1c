/* schedule.c: see schedule.h. */
#include "send/schedule.h"

#include "base/error.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>

int64_t schedule_time(const struct schedule *schedule, uint64_t index)
{
    if (schedule->offsets)
        return index < schedule->count ? schedule->start_ns + schedule->offsets[index]
                                       : schedule->end_ns;
    return schedule->start_ns + (int64_t)index * schedule->interval_ns;
}

uint64_t schedule_count(const struct schedule *schedule, int64_t until_ns)
{
    int64_t until = until_ns < schedule->end_ns ? until_ns : schedule->end_ns;
    if (until <= schedule->start_ns)
        return 0;
    int64_t span = until - schedule->start_ns;
    uint64_t count = 0;
    if (!schedule->offsets)
        return (uint64_t)((span + schedule->interval_ns - 1) / schedule->interval_ns);
    while (count < schedule->count && schedule->offsets[count] < span)
        count++;
    return count;
}

int schedule_make_poisson(int64_t interval_ns, int64_t duration_ns, uint64_t seed,
                          int64_t **offsets, uint64_t *count)
{
    *offsets = NULL;
    *count = 0;
    for (int pass = 0; pass < 2; pass++) { /* counts, then keeps */
        uint64_t random = seed;
        uint64_t used = 0;
        double at = 0;
        for (;;) {
            at -= log(random_unit(&random)) * (double)interval_ns;
            if (at >= (double)duration_ns)
                break;
            if (*offsets)
                (*offsets)[used] = (int64_t)at;
            used++;
        }
        *count = used;
        if (pass == 0)
            *offsets = calloc(used + 1, sizeof **offsets);
        if (!*offsets)
            return -ENOMEM;
    }
    return 0;
}
