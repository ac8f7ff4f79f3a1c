/* hold.c: see hold.h. */
#include "stats/hold.h"

#include "base/clock.h"

#define SAMPLE_AGE_NS (100 * NS_PER_US)
#define SHORT_HOLD_NS (200 * NS_PER_US)

/* The thread's last reading of its CPU clock, and when that was. */
static _Thread_local struct {
    int64_t wall_ns;
    int64_t cpu_ns;
} sample;

static void take_sample(int64_t now_ns)
{
    sample.cpu_ns = clock_thread_cpu_ns();
    sample.wall_ns = now_ns;
}

int64_t hold_begin(void)
{
    int64_t now = clock_now_ns();
    if (now - sample.wall_ns > SAMPLE_AGE_NS)
        take_sample(now);
    return now;
}

struct hold_time hold_end(struct stats *stats, int64_t began_ns, struct hold *hold)
{
    int64_t now = clock_now_ns();
    int64_t wall = now - began_ns;
    int64_t cpu = wall;
    if (wall > SHORT_HOLD_NS) {
        int64_t before = sample.cpu_ns;
        take_sample(now);
        if (sample.cpu_ns - before < cpu)
            cpu = sample.cpu_ns - before;
    }
    stats_hold(stats, wall, cpu);
    if (hold && hold->recent)
        recent_hold(hold->recent, now, wall);
    if (hold) {
        const uint64_t us = (uint64_t)wall / NS_PER_US;
        hold->sum_ns += wall;
        hold->square_us2 += us * us;
    }
    if (hold && hold->followed) {
        hold->last_ns = wall;
        hold->ended_ns = now;
        if (wall > hold->longest_ns)
            hold->longest_ns = wall;
    }
    return (struct hold_time){wall, cpu, now};
}

/* Since a callback that ended with a reading of the CPU clock, as every long one does. */
static int64_t cpu_since(int64_t ended_ns)
{
    int64_t wall = clock_now_ns() - ended_ns;
    int64_t cpu = sample.wall_ns == ended_ns ? clock_thread_cpu_ns() - sample.cpu_ns : 0;
    return cpu < wall ? cpu : wall;
}

void hold_close(struct stats *stats, struct hold *hold)
{
    if (!hold->followed)
        return;
    bool ends_it = hold->last_ns == hold->longest_ns;
    stats_large_hold(stats, hold->longest_ns + (ends_it ? cpu_since(hold->ended_ns) : 0));
    hold->followed = false;
}
