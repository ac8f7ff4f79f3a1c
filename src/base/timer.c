/* timer.c: see timer.h. */
#include "base/timer.h"

#include "base/clock.h"

#include <time.h>

void timer_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

bool timer_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_ns)
{
    const struct timespec until = clock_timespec(until_ns);
    return pthread_cond_timedwait(condition, lock, &until) == 0;
}

void timer_init(struct timer *timer)
{
    pthread_mutex_init(&timer->lock, NULL);
    timer_condition_init(&timer->wake);
    timer->stopped = false;
}

void timer_deinit(struct timer *timer)
{
    pthread_cond_destroy(&timer->wake);
    pthread_mutex_destroy(&timer->lock);
}

bool timer_sleep_until(struct timer *timer, int64_t until_ns)
{
    pthread_mutex_lock(&timer->lock);
    while (!timer->stopped && timer_condition_wait(&timer->wake, &timer->lock, until_ns))
        continue;
    bool stopped = timer->stopped;
    pthread_mutex_unlock(&timer->lock);
    return !stopped;
}

void timer_stop(struct timer *timer)
{
    pthread_mutex_lock(&timer->lock);
    timer->stopped = true;
    pthread_cond_signal(&timer->wake);
    pthread_mutex_unlock(&timer->lock);
}

bool timer_is_stopped(struct timer *timer)
{
    pthread_mutex_lock(&timer->lock);
    bool stopped = timer->stopped;
    pthread_mutex_unlock(&timer->lock);
    return stopped;
}
