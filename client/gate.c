/* gate.c: see gate.h. */
#include "gate.h"

#include "base/clock.h"

#include <string.h>
#include <time.h>

void gate_init(struct gate *gate)
{
    memset(gate, 0, sizeof *gate);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->timer, &monotonic);
    pthread_cond_init(&gate->idle, NULL);
    pthread_condattr_destroy(&monotonic);
}

void gate_deinit(struct gate *gate)
{
    pthread_cond_destroy(&gate->idle);
    pthread_cond_destroy(&gate->timer);
    pthread_mutex_destroy(&gate->lock);
}

void gate_open(struct gate *gate, const struct schedule *schedule)
{
    pthread_mutex_lock(&gate->lock);
    gate->schedule = *schedule;
    gate->opened = true;
    pthread_cond_broadcast(&gate->timer);
    for (int i = 0; i < GATE_ARMED; i++)
        pthread_cond_signal(&gate->idle);
    pthread_mutex_unlock(&gate->lock);
}

bool gate_await(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    while (!gate->opened && !gate->stopped)
        pthread_cond_wait(&gate->timer, &gate->lock);
    bool opened = !gate->stopped;
    pthread_mutex_unlock(&gate->lock);
    return opened;
}

static bool plan_over(const struct gate *gate)
{
    const struct schedule *plan = &gate->schedule;
    if (gate->stopped || !gate->opened)
        return gate->stopped;
    return schedule_time(plan, gate->next) >= plan->end_ns || clock_now_ns() >= plan->end_ns;
}

bool gate_take(struct gate *gate, uint64_t *index)
{
    pthread_mutex_lock(&gate->lock);
    while ((!gate->opened || gate->armed >= GATE_ARMED) && !plan_over(gate))
        pthread_cond_wait(&gate->idle, &gate->lock);
    bool taken = !plan_over(gate);
    if (taken) {
        *index = gate->next++;
        gate->armed++;
    }
    pthread_mutex_unlock(&gate->lock);
    return taken;
}

static void sleep_until(struct gate *gate, int64_t time_ns)
{
    struct timespec until = {.tv_sec = time_ns / NS_PER_S, .tv_nsec = time_ns % NS_PER_S};
    while (!gate->stopped && clock_now_ns() < time_ns)
        pthread_cond_timedwait(&gate->timer, &gate->lock, &until);
}

bool gate_pass(struct gate *gate, int64_t planned_ns)
{
    pthread_mutex_lock(&gate->lock);
    sleep_until(gate, planned_ns);
    gate->armed--;
    if (gate->armed == 0)
        pthread_cond_signal(&gate->idle);
    bool passed = !gate->stopped;
    pthread_mutex_unlock(&gate->lock);
    return passed;
}

bool gate_pause(struct gate *gate, int64_t planned_ns, uint64_t *index)
{
    if (planned_ns >= gate->schedule.end_ns)
        return false;
    pthread_mutex_lock(&gate->lock);
    sleep_until(gate, planned_ns);
    bool passed = !gate->stopped;
    if (passed)
        *index = gate->next++;
    pthread_mutex_unlock(&gate->lock);
    return passed;
}

void gate_finish(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    if (gate->armed == 0)
        pthread_cond_broadcast(&gate->idle);
    pthread_mutex_unlock(&gate->lock);
}

void gate_stop(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->stopped = true;
    pthread_cond_broadcast(&gate->timer);
    pthread_cond_broadcast(&gate->idle);
    pthread_mutex_unlock(&gate->lock);
}
