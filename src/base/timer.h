/*
 * timer.h: a thread's sleep until moments on the monotonic clock, which another
 * thread can end for good.
 */
#ifndef LOOPLAG_BASE_TIMER_H
#define LOOPLAG_BASE_TIMER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct timer {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopped; /**< under the lock */
};

/** Cannot fail on Linux. */
void timer_init(struct timer *timer);

/** To be called when no thread uses it any more. */
void timer_deinit(struct timer *timer);

/** Sleeps until `until_ns` of clock_now_ns. Returns false when the timer was stopped. */
bool timer_sleep_until(struct timer *timer, int64_t until_ns);

/** Ends the sleep, and all later ones. */
void timer_stop(struct timer *timer);

/** Whether timer_stop was called. */
bool timer_is_stopped(struct timer *timer);

/** Makes a condition whose waits are until moments of clock_now_ns. */
void timer_condition_init(pthread_cond_t *condition);

/**
 * Waits, with the lock held, until the condition is signalled or `until_ns`
 * has come. Returns false in the second case.
 */
bool timer_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_ns);

#endif
