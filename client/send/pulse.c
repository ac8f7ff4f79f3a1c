/* pulse.c: see pulse.h. */
#include "send/pulse.h"

#include "base/clock.h"
#include "base/random.h"

/* The gaps are random, so that they do not fall into step with the load. */
static void sleep_and_record(struct pulse *pulse, int64_t mean_ns)
{
    uint64_t random = (uint64_t)pulse->start_ns;
    int64_t next = pulse->start_ns;
    while (next < pulse->end_ns && !atomic_load(&pulse->stop)) {
        clock_sleep_until_ns(next);
        int64_t now = clock_now_ns();
        histogram_record(&pulse->lag, now - next);
        next = now + 1 + (int64_t)(2 * random_unit(&random) * (double)mean_ns);
    }
}

int64_t pulse_measure(void)
{
    struct pulse pulse = {.start_ns = clock_now_ns()};
    pulse.end_ns = pulse.start_ns + PULSE_BEFORE_NS;
    int r = histogram_init_latency(&pulse.lag);
    if (r)
        return r;
    sleep_and_record(&pulse, PULSE_BEFORE_MEAN_NS);
    int64_t p99 = histogram_percentile(&pulse.lag, 99);
    histogram_deinit(&pulse.lag);
    return p99;
}

static void *pulse_main(void *argument)
{
    pthread_setname_np(pthread_self(), "looplag-pulse");
    sleep_and_record(argument, PULSE_MEAN_NS);
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
