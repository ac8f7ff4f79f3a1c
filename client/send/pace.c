/* pace.c: see pace.h. */
#include "send/pace.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

void pace_init_open(struct pace *pace, const struct schedule *plan, uint64_t first, uint64_t step,
                    unsigned most)
{
    *pace = (struct pace){.plan = *plan, .next = first, .step = step, .in_flight_most = most};
}

int pace_init_closed(struct pace *pace, const struct schedule *plan, unsigned seats)
{
    *pace = (struct pace){.plan = *plan, .pause_ns = plan->interval_ns, .in_flight_most = seats};
    pace->seats = calloc(seats, sizeof *pace->seats);
    if (!pace->seats)
        return -ENOMEM;
    pace->seats_ready = seats;
    for (unsigned i = 0; i < seats; i++)
        pace->seats[i] = plan->start_ns;
    return 0;
}

void pace_deinit(struct pace *pace)
{
    free(pace->seats);
    memset(pace, 0, sizeof *pace);
}

static bool is_full(const struct pace *pace)
{
    return pace->in_flight_most && pace->in_flight == pace->in_flight_most;
}

/* The planned time of the next request, whether it may be sent or not. */
static int64_t planned_next(const struct pace *pace)
{
    int64_t planned = PACE_NEVER;
    if (!pace->seats)
        planned = schedule_time(&pace->plan, pace->next);
    else if (pace->seats_ready)
        planned = pace->seats[pace->seat_first];
    return planned < pace->plan.end_ns ? planned : PACE_NEVER;
}

int64_t pace_due(const struct pace *pace, int64_t now_ns)
{
    return is_full(pace) || now_ns >= pace->plan.end_ns ? PACE_NEVER : planned_next(pace);
}

uint64_t pace_take(struct pace *pace, int64_t now_ns)
{
    int64_t planned = planned_next(pace);
    uint64_t index = pace->next;
    pace->in_flight++;
    if (pace->seats) {
        pace->seat_first = (pace->seat_first + 1) % pace->in_flight_most;
        pace->seats_ready--;
        return 0;
    }
    pace->next += pace->step;
    if (planned < pace->full_until_ns) {
        pace->waits++;
        if (now_ns - planned > pace->wait_longest_ns)
            pace->wait_longest_ns = now_ns - planned;
    }
    return index;
}

void pace_refuse(struct pace *pace, int64_t now_ns)
{
    pace->full_until_ns = now_ns;
}

void pace_end(struct pace *pace, int64_t now_ns, int64_t end_ns)
{
    if (is_full(pace))
        pace->full_until_ns = now_ns;
    pace->in_flight--;
    if (!pace->seats)
        return;
    unsigned last = (pace->seat_first + pace->seats_ready++) % pace->in_flight_most;
    pace->seats[last] = end_ns + pace->pause_ns;
}

bool pace_is_over(const struct pace *pace, int64_t now_ns)
{
    return pace->in_flight == 0 && pace_due(pace, now_ns) == PACE_NEVER;
}
