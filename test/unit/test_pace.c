/*
 * test_pace.c: when requests are due, and when a sender may send them.
 */
#include "base/clock.h"
#include "send/pace.h"
#include "send/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
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

static const struct schedule every_ten = {.start_ns = 100, .end_ns = 200, .interval_ns = 10};

static void an_open_plan_is_sent_in_order(void **state)
{
    (void)state;
    struct pace pace;
    pace_init_open(&pace, &every_ten, 0, 1, 0);
    for (uint64_t i = 0; i < 10; i++) {
        assert_int_equal(pace_due(&pace, 100), 100 + 10 * (int64_t)i);
        assert_int_equal(pace_take(&pace, 100 + 10 * (int64_t)i), i);
    }
    assert_int_equal(pace_due(&pace, 195), PACE_NEVER);
    assert_int_equal(pace.in_flight, 10);
    assert_int_equal(pace.waits, 0);
    for (int i = 0; i < 10; i++) {
        assert_false(pace_is_over(&pace, 300));
        pace_end(&pace, 300, 300);
    }
    assert_true(pace_is_over(&pace, 300));
    pace_deinit(&pace);
}

/* What was not sent when the time is over never is. */
static void nothing_is_due_after_the_end(void **state)
{
    (void)state;
    struct pace pace;
    pace_init_open(&pace, &every_ten, 0, 1, 0);
    assert_int_equal(pace_due(&pace, 199), 100);
    assert_int_equal(pace_due(&pace, 200), PACE_NEVER);
    assert_true(pace_is_over(&pace, 200));
}

static void senders_share_a_plan(void **state)
{
    (void)state;
    struct pace paces[3];
    bool sent[10] = {false};
    for (unsigned i = 0; i < 3; i++) {
        pace_init_open(&paces[i], &every_ten, i, 3, 0);
        while (pace_due(&paces[i], 100) != PACE_NEVER) {
            int64_t due = pace_due(&paces[i], 100);
            uint64_t index = pace_take(&paces[i], due);
            assert_int_equal(due, 100 + 10 * (int64_t)index);
            assert_false(sent[index]);
            sent[index] = true;
        }
    }
    for (unsigned i = 0; i < 10; i++)
        assert_true(sent[i]);
}

/* Two at a time: 100 and 110 are out until 135, so 120 and 130 wait; 140 and 150 do not. */
static void who_waits_for_a_place_is_counted(void **state)
{
    (void)state;
    struct pace pace;
    pace_init_open(&pace, &every_ten, 0, 1, 2);
    pace_take(&pace, 100);
    pace_take(&pace, 112); /* late, but nobody's fault but the thread's */
    assert_int_equal(pace_due(&pace, 120), PACE_NEVER);
    pace_end(&pace, 135, 134);
    assert_int_equal(pace_due(&pace, 135), 120);
    pace_take(&pace, 135);
    assert_int_equal(pace.waits, 1);
    assert_int_equal(pace.wait_longest_ns, 15);
    pace_end(&pace, 137, 137);
    pace_take(&pace, 138);
    assert_int_equal(pace.waits, 2);
    pace_end(&pace, 139, 139);
    pace_take(&pace, 141);
    assert_int_equal(pace.waits, 2);
    pace_end(&pace, 142, 142);
    pace_refuse(&pace, 151); /* the system has no place */
    pace_take(&pace, 152);
    assert_int_equal(pace.waits, 3);
    assert_int_equal(pace.wait_longest_ns, 15);
}

/* Each seat sends again a pause after its own reply. */
static void closed_seats_pause_after_their_replies(void **state)
{
    (void)state;
    struct pace pace;
    assert_int_equal(pace_init_closed(&pace, &every_ten, 2), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pace_due(&pace, 100), 100);
        pace_take(&pace, 100);
    }
    assert_int_equal(pace_due(&pace, 100), PACE_NEVER);
    pace_end(&pace, 121, 120);
    assert_int_equal(pace_due(&pace, 121), 130);
    pace_end(&pace, 125, 125);
    assert_int_equal(pace_due(&pace, 125), 130);
    pace_take(&pace, 130);
    assert_int_equal(pace_due(&pace, 130), 135);
    pace_take(&pace, 135);
    pace_end(&pace, 191, 191); /* its next would come after the end */
    assert_int_equal(pace_due(&pace, 191), PACE_NEVER);
    assert_false(pace_is_over(&pace, 250));
    pace_end(&pace, 250, 250);
    assert_true(pace_is_over(&pace, 250));
    assert_int_equal(pace.waits, 0);
    pace_deinit(&pace);
    pace_deinit(&pace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schedule_ignores_replies),
        cmocka_unit_test(poisson_arrivals_are_seeded),
        cmocka_unit_test(an_open_plan_is_sent_in_order),
        cmocka_unit_test(nothing_is_due_after_the_end),
        cmocka_unit_test(senders_share_a_plan),
        cmocka_unit_test(who_waits_for_a_place_is_counted),
        cmocka_unit_test(closed_seats_pause_after_their_replies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
