/* pulse.c: see pulse.h. */
#include "send/pulse.h"

#include "base/clock.h"
#include "base/random.h"

/* The gaps are random, so that they do not fall into step with the load. */
static void *pulse_main(void *argument)
{
    struct pulse *pulse = argument;
    uint64_t random = (uint64_t)pulse->start_ns;
    int64_t next = pulse->start_ns;
    pthread_setname_np(pthread_self(), "looplag-pulse");
    while (next < pulse->end_ns && !atomic_load(&pulse->stop)) {
        clock_sleep_until_ns(next);
        int64_t now = clock_now_ns();
        histogram_record(&pulse->lag, now - next);
        next = now + 1 + (int64_t)(2 * random_unit(&random) * (double)PULSE_MEAN_NS);
    }
    return NULL;
}

int pulse_start(struct pulse *pulse, int64_t start_ns, int64_t end_ns)
{
    int r = histogram_init_latency(&pulse->lag);
    pulse->start_ns = start_ns;
    pulse->end_ns = end_ns;
    if (r == 0)
        r = -pthread_create(&pulse->thread, NULL, pulse_main, pulse);
    pulse->running = r == 0;
    return r;
}

void pulse_finish(struct pulse *pulse)
{
    atomic_store(&pulse->stop, true);
    if (pulse->running)
        pthread_join(pulse->thread, NULL);
    pulse->running = false;
}

void pulse_deinit(struct pulse *pulse)
{
    histogram_deinit(&pulse->lag);
}
