/*
 * test_gate.c: when requests are due, and the gate that lets threads through to
 * send them.
 */
#include "base/clock.h"
#include "send/gate.h"
#include "send/schedule.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void the_schedule_ignores_replies(void **state)
{
    (void)state;
    const struct schedule plan = {.start_ns = 1000, .end_ns = 2000, .interval_ns = 300};
    assert_int_equal(schedule_time(&plan, 0), 1000);
    assert_int_equal(schedule_time(&plan, 3), 1900);
    assert_int_equal(schedule_count(&plan, 5000), 4); /* 1000, 1300, 1600, 1900 */
    assert_int_equal(schedule_count(&plan, 1000), 0);
    assert_int_equal(schedule_count(&plan, 1001), 1);
    assert_int_equal(schedule_count(&plan, 1300), 1);
    assert_int_equal(schedule_count(&plan, 1301), 2);
    const struct schedule whole = {
        .start_ns = 0, .end_ns = 60 * NS_PER_S, .interval_ns = 100000000};
    assert_int_equal(schedule_count(&whole, INT64_MAX), 600);
}

/* Gaps are exponential: their mean is the interval and so is their deviation. */
static void poisson_arrivals_are_seeded(void **state)
{
    (void)state;
    int64_t *offsets[3];
    uint64_t counts[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(
            schedule_make_poisson(NS_PER_MS, 20 * NS_PER_S, i < 2 ? 5 : 6, &offsets[i], &counts[i]),
            0);
    assert_int_equal(counts[0], counts[1]);
    assert_memory_equal(offsets[0], offsets[1], counts[0] * sizeof *offsets[0]);
    assert_true(counts[0] != counts[2] || offsets[0][0] != offsets[2][0]);
    assert_in_range(counts[0], 19500, 20500);
    double squares = 0;
    for (uint64_t i = 1; i < counts[0]; i++) {
        double gap = (double)(offsets[0][i] - offsets[0][i - 1]) / (double)NS_PER_MS;
        assert_true(gap >= 0);
        squares += gap * gap;
    }
    assert_true(squares / (double)counts[0] > 1.9 && squares / (double)counts[0] < 2.1);
    const struct schedule plan = {.start_ns = 100,
                                  .end_ns = 100 + 20 * NS_PER_S,
                                  .interval_ns = NS_PER_MS,
                                  .offsets = offsets[0],
                                  .count = counts[0]};
    assert_int_equal(schedule_time(&plan, 3), 100 + offsets[0][3]);
    assert_int_equal(schedule_time(&plan, counts[0]), plan.end_ns);
    assert_int_equal(schedule_count(&plan, INT64_MAX), counts[0]);
    assert_int_equal(schedule_count(&plan, 100 + offsets[0][7]), 7);
    for (int i = 0; i < 3; i++)
        free(offsets[i]);
}

/* Opens a gate for a minute from now; the plan must outlive it. */
static void open_for_a_minute(struct gate *gate, struct schedule *plan, unsigned reserve,
                              int64_t interval_ns)
{
    int64_t now = clock_now_ns();
    *plan = (struct schedule){
        .start_ns = now, .end_ns = now + 60 * NS_PER_S, .interval_ns = interval_ns};
    gate_init(gate, reserve);
    gate_open(gate, plan);
}

static void the_gate_hands_out_the_plan_in_order(void **state)
{
    (void)state;
    struct gate gate;
    struct gate_seat seat;
    uint64_t index = 99;
    struct schedule plan;
    open_for_a_minute(&gate, &plan, 0, NS_PER_MS);
    gate_seat_init(&seat);
    for (uint64_t i = 0; i < 5; i++) {
        assert_true(gate_take(&gate, &seat, &index));
        assert_int_equal(index, i);
        assert_true(gate_pass(&gate, schedule_time(&plan, index)));
        assert_true(clock_now_ns() >= schedule_time(&plan, index));
    }
    gate_stop(&gate);
    assert_false(gate_take(&gate, &seat, &index));
    assert_false(gate_pause(&gate, plan.start_ns, &index));
    gate_seat_deinit(&seat);
    gate_deinit(&gate);
}

static void the_gate_counts_who_waits_for_a_thread(void **state)
{
    (void)state;
    struct gate gate;
    struct gate_seat seat;
    uint64_t index;
    struct schedule plan;
    open_for_a_minute(&gate, &plan, 0, 20 * NS_PER_MS);
    gate_seat_init(&seat);
    assert_true(gate_take(&gate, &seat, &index));
    assert_true(gate_pass(&gate, plan.start_ns));
    assert_true(gate_take(&gate, &seat, &index)); /* back before the next is due */
    assert_int_equal(gate.waits, 0);
    assert_true(gate_pass(&gate, plan.start_ns + 20 * NS_PER_MS));
    clock_sleep_ns(50 * NS_PER_MS); /* in a stall, alone */
    for (int i = 0; i < 2; i++) {
        assert_true(gate_take(&gate, &seat, &index));
        assert_true(gate_pass(&gate, schedule_time(&plan, index)));
    }
    assert_int_equal(gate.waits, 2);
    assert_true(gate.wait_longest_ns >= 30 * NS_PER_MS);
    gate_seat_deinit(&seat);
    gate_deinit(&gate);
}

struct idler {
    struct gate *gate;
    struct gate_seat seat;
    pthread_t thread;
    atomic_int taken;
};

static void *idle_at_the_gate(void *argument)
{
    struct idler *idler = argument;
    uint64_t index;
    while (gate_take(idler->gate, &idler->seat, &index)) {
        atomic_fetch_add(&idler->taken, 1);
        if (!gate_pass(idler->gate, schedule_time(&idler->gate->schedule, index)))
            break;
        clock_sleep_ns(2 * NS_PER_MS); /* the reply; meanwhile others are called */
    }
    return NULL;
}

static void await_idle(struct gate *gate, unsigned count)
{
    bool there = false;
    for (int tries = 0; !there && tries < 10000; tries++) {
        clock_sleep_ns(NS_PER_MS);
        pthread_mutex_lock(&gate->lock);
        there = gate->idle_count == count;
        pthread_mutex_unlock(&gate->lock);
    }
    assert_true(there);
}

static void the_gate_calls_who_went_idle_last(void **state)
{
    (void)state;
    struct gate gate;
    /* However late the threads are, ten requests can't need the lower half of them. */
    enum { IDLERS = 24, REQUESTS = 10 };
    struct idler idlers[IDLERS] = {0};
    gate_init(&gate, IDLERS);
    for (unsigned i = 0; i < IDLERS; i++) {
        idlers[i].gate = &gate;
        gate_seat_init(&idlers[i].seat);
        gate_expect(&gate);
        assert_int_equal(pthread_create(&idlers[i].thread, NULL, idle_at_the_gate, &idlers[i]), 0);
        await_idle(&gate, i + 1);
    }
    assert_int_equal(gate.coming, 0);
    int64_t now = clock_now_ns();
    const struct schedule plan = {
        .start_ns = now, .end_ns = now + REQUESTS * 4 * NS_PER_MS, .interval_ns = 4 * NS_PER_MS};
    gate_open(&gate, &plan);
    while (clock_now_ns() < plan.end_ns)
        clock_sleep_ns(NS_PER_MS);
    gate_stop(&gate);
    int taken = 0;
    for (unsigned i = 0; i < IDLERS; i++) {
        assert_int_equal(pthread_join(idlers[i].thread, NULL), 0);
        gate_seat_deinit(&idlers[i].seat);
        taken += atomic_load(&idlers[i].taken);
    }
    assert_true(taken > 0);
    for (unsigned i = 0; i < IDLERS / 2; i++)
        assert_int_equal(atomic_load(&idlers[i].taken), 0);
    gate_deinit(&gate);
}

static void the_gate_wants_threads_before_the_last_is_taken(void **state)
{
    (void)state;
    struct gate gate;
    struct gate_seat seat;
    uint64_t index;
    struct schedule plan;
    open_for_a_minute(&gate, &plan, 4, NS_PER_MS);
    for (unsigned i = 0; i < 4; i++)
        assert_true(gate_want(&gate)); /* none is spare: up to the whole reserve */
    assert_int_equal(gate.coming, 4);
    for (unsigned i = 0; i < 3; i++) { /* three come and are taken by a stall */
        gate_seat_init(&seat);
        assert_true(gate_take(&gate, &seat, &index));
        assert_true(gate_pass(&gate, schedule_time(&plan, index)));
        gate_seat_deinit(&seat);
    }
    for (unsigned i = 0; i < 3; i++)
        assert_true(gate_want(&gate));
    assert_int_equal(gate.coming, 4);
    gate_stop(&gate);
    assert_false(gate_want(&gate));
    gate_deinit(&gate);
}

static void the_gate_shuts_at_the_end(void **state)
{
    (void)state;
    struct gate gate;
    uint64_t index;
    int64_t now = clock_now_ns();
    const struct schedule plan = {
        .start_ns = now - NS_PER_S, .end_ns = now, .interval_ns = NS_PER_MS};
    struct gate_seat seat;
    gate_init(&gate, 0);
    gate_seat_init(&seat);
    gate_open(&gate, &plan);
    assert_false(gate_take(&gate, &seat, &index));
    assert_false(gate_pause(&gate, now, &index));
    gate_seat_deinit(&seat);
    gate_deinit(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schedule_ignores_replies),
        cmocka_unit_test(poisson_arrivals_are_seeded),
        cmocka_unit_test(the_gate_hands_out_the_plan_in_order),
        cmocka_unit_test(the_gate_counts_who_waits_for_a_thread),
        cmocka_unit_test(the_gate_calls_who_went_idle_last),
        cmocka_unit_test(the_gate_wants_threads_before_the_last_is_taken),
        cmocka_unit_test(the_gate_shuts_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
