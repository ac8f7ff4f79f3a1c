/* gate.c: see gate.h. */
#include "send/gate.h"

#include "base/clock.h"
#include "base/timer.h"

#include <string.h>

void gate_init(struct gate *gate, unsigned reserve)
{
    memset(gate, 0, sizeof *gate);
    gate->reserve = reserve;
    pthread_mutex_init(&gate->lock, NULL);
    timer_condition_init(&gate->timer);
    pthread_cond_init(&gate->wanted, NULL);
}

void gate_deinit(struct gate *gate)
{
    pthread_cond_destroy(&gate->wanted);
    pthread_cond_destroy(&gate->timer);
    pthread_mutex_destroy(&gate->lock);
}

void gate_seat_init(struct gate_seat *seat)
{
    memset(seat, 0, sizeof *seat);
    pthread_cond_init(&seat->called, NULL);
}

void gate_seat_deinit(struct gate_seat *seat)
{
    pthread_cond_destroy(&seat->called);
}

static bool is_scarce(const struct gate *gate)
{
    return gate->idle_count + gate->coming < (gate->reserve + 1) / 2;
}

/* Calls the thread that went idle last. Returns false when none is idle. */
static bool call_idle(struct gate *gate)
{
    struct gate_seat *seat = gate->idle;
    if (!seat)
        return false;
    gate->idle = seat->below;
    gate->idle_count--;
    seat->idle = false;
    pthread_cond_signal(&seat->called);
    if (is_scarce(gate))
        pthread_cond_signal(&gate->wanted);
    return true;
}

static void call_all(struct gate *gate)
{
    while (call_idle(gate))
        ;
    pthread_cond_signal(&gate->wanted);
}

static void be_idle(struct gate *gate, struct gate_seat *seat)
{
    seat->below = gate->idle;
    seat->idle = true;
    gate->idle = seat;
    gate->idle_count++;
    while (seat->idle)
        pthread_cond_wait(&seat->called, &gate->lock);
}

void gate_open(struct gate *gate, const struct schedule *schedule)
{
    pthread_mutex_lock(&gate->lock);
    gate->schedule = *schedule;
    gate->opened = true;
    pthread_cond_broadcast(&gate->timer);
    for (int i = 0; i < GATE_ARMED; i++)
        call_idle(gate);
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

/* When no thread was free to take the request, it has waited since its planned time. */
static void count_wait(struct gate *gate, int64_t planned_ns)
{
    int64_t waited = clock_now_ns() - planned_ns;
    if (gate->starved && waited > 0) {
        gate->waits++;
        if (waited > gate->wait_longest_ns)
            gate->wait_longest_ns = waited;
    }
    gate->starved = false;
}

bool gate_take(struct gate *gate, struct gate_seat *seat, uint64_t *index)
{
    pthread_mutex_lock(&gate->lock);
    if (!seat->arrived && gate->coming)
        gate->coming--;
    seat->arrived = true;
    while ((!gate->opened || gate->armed >= GATE_ARMED) && !plan_over(gate))
        be_idle(gate, seat);
    bool taken = !plan_over(gate);
    if (taken) {
        *index = gate->next++;
        gate->armed++;
        count_wait(gate, schedule_time(&gate->schedule, *index));
    }
    pthread_mutex_unlock(&gate->lock);
    return taken;
}

static void sleep_until(struct gate *gate, int64_t time_ns)
{
    while (!gate->stopped && clock_now_ns() < time_ns)
        timer_condition_wait(&gate->timer, &gate->lock, time_ns);
}

bool gate_pass(struct gate *gate, int64_t planned_ns)
{
    pthread_mutex_lock(&gate->lock);
    sleep_until(gate, planned_ns);
    gate->armed--;
    if (gate->armed == 0)
        gate->starved = !call_idle(gate);
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

void gate_expect(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->coming++;
    pthread_mutex_unlock(&gate->lock);
}

bool gate_want(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    if (gate->idle_count + gate->coming >= gate->reserve)
        gate->filling = false;
    while (!gate->filling && !plan_over(gate)) {
        gate->filling = is_scarce(gate);
        if (!gate->filling)
            pthread_cond_wait(&gate->wanted, &gate->lock);
    }
    bool wanted = !plan_over(gate);
    if (wanted)
        gate->coming++;
    pthread_mutex_unlock(&gate->lock);
    return wanted;
}

void gate_finish(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    if (gate->armed == 0)
        call_all(gate);
    pthread_mutex_unlock(&gate->lock);
}

void gate_stop(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->stopped = true;
    pthread_cond_broadcast(&gate->timer);
    call_all(gate);
    pthread_mutex_unlock(&gate->lock);
}
