/* Tests of src/stats: slots of threads and of processes, holds, workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "stats/hold.h"
#include "stats/stats.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPLIES = 1000, ROUNDS = 10, LAST = STATS_ENDPOINTS_MAX - 1 };

static int set_up(void **state)
{
    *state = stats_new(2, 2);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    stats_free(*state);
    return 0;
}

static void answer(struct stats *stats, int status, int64_t elapsed_ns)
{
    const struct stats_reply reply = {
        .endpoint = LAST,
        .status = status,
        .bytes_in = 3,
        .bytes_out = 5,
        .elapsed_ns = elapsed_ns,
    };
    stats_reply(stats, &reply);
}

/* Threads begin together, so that they meet on shared slots. */
static pthread_barrier_t together;

static void *answer_many(void *stats)
{
    for (int i = 0; i < REPLIES; i++)
        answer(stats, 200, (i + 1) * NS_PER_US);
    return NULL;
}

static void *answer_together(void *stats)
{
    pthread_barrier_wait(&together);
    for (int i = 0; i < ROUNDS; i++)
        answer_many(stats);
    return NULL;
}

static void assert_replies(struct stats *stats, uint64_t count)
{
    CLEANUP(stats_totals_deinit)
    struct stats_totals totals;
    assert_int_equal(stats_read(stats, &totals), 0);
    assert_int_equal(totals.replies[200], count);
    assert_int_equal(totals.bytes_in, 3 * count);
    assert_int_equal(totals.bytes_out, 5 * count);
    assert_int_equal(totals.latency[LAST][STATS_SMALL].total, count);
}

static void run_threads(struct stats *stats, size_t count)
{
    pthread_t threads[100];
    pthread_barrier_init(&together, NULL, (unsigned)count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, answer_together, stats), 0);
    for (size_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&together);
}

static void test_nothing_recorded(void **state)
{
    CLEANUP(stats_totals_deinit)
    struct stats_totals totals;
    assert_int_equal(stats_read(*state, &totals), 0);
    assert_int_equal(totals.loop_hold.total, 0);
    assert_int_equal(totals.replies[200], 0);
    assert_int_equal(stats_in_flight(*state), 0);
}

static void test_values_come_back(void **state)
{
    CLEANUP(stats_totals_deinit)
    struct stats_totals totals;
    stats_hold(*state, 7 * NS_PER_MS, 2 * NS_PER_MS);
    stats_hold(*state, 1 * NS_PER_MS, 1 * NS_PER_MS);
    stats_hold(*state, -5, 0);
    stats_hold(*state, INT64_MAX, 0);
    assert_int_equal(stats_read(*state, &totals), 0);
    assert_int_equal(totals.loop_hold.total, 4);
    assert_int_equal(totals.loop_hold.min, 0);
    assert_int_equal(totals.loop_hold.max, totals.loop_hold.highest);
    assert_int_equal(totals.loop_hold_cpu.max, 2 * NS_PER_MS);
    assert_int_equal(totals.loop_hold_cpu.sum, 3 * NS_PER_MS);
    assert_true(histogram_percentile(&totals.loop_hold, 50) < NS_PER_US + NS_PER_MS);
}

static void test_threads_with_slots_of_their_own(void **state)
{
    run_threads(*state, 8);
    assert_replies(*state, 8 * ROUNDS * REPLIES);
}

static void test_more_threads_than_slots(void **state)
{
    run_threads(*state, 100);
    assert_replies(*state, 100 * ROUNDS * REPLIES);
}

static void test_threads_one_after_another_use_one_slot(void **state)
{
    struct stats_totals before;
    struct stats_totals after;
    for (int i = 0; i < 200; i++)
        run_threads(*state, 1);
    assert_replies(*state, 200 * ROUNDS * REPLIES);
    /* Slots were given back: there is still one for this thread alone. */
    assert_int_equal(stats_read(*state, &before), 0);
    answer(*state, 404, 1);
    assert_int_equal(stats_read(*state, &after), 0);
    assert_int_equal(stats_slots_used(*state), 1);
    assert_int_equal(after.replies[404], before.replies[404] + 1);
    stats_totals_deinit(&before);
    stats_totals_deinit(&after);
}

static int run_child(struct stats *stats, bool ends_well)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        worker_start(stats_worker(stats, 1, 0), (int)getpid());
        worker_connection_begins(stats_worker(stats, 1, 0));
        worker_request_begins(stats_worker(stats, 1, 0));
        worker_request_grows(stats_worker(stats, 1, 0), 1000);
        answer_many(stats);
        if (ends_well)
            _exit(0);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return child;
}

static void test_a_process_is_seen_by_its_parent(void **state)
{
    run_child(*state, true);
    assert_replies(*state, REPLIES);
}

static void test_what_a_killed_process_had_in_flight_is_dropped(void **state)
{
    for (unsigned i = 1; i <= 3; i++) {
        int pid = run_child(*state, false);
        struct stats_worker worker;
        stats_worker_read(*state, 1, &worker);
        assert_int_equal(worker.pid, pid);
        assert_int_equal(worker.in_flight, 1);
        assert_int_equal(worker.open, 1);
        stats_forget_process(*state, pid);
        worker_end(stats_worker(*state, 1, 0));
        stats_worker_read(*state, 1, &worker);
        assert_int_equal(worker.pid, 0);
        assert_int_equal(worker.starts, i);
        assert_int_equal(worker.connections, i);
        assert_int_equal(worker.in_flight, 0);
        assert_int_equal(worker.open, 0);
        assert_int_equal(stats_in_flight(*state), 0);
    }
    assert_replies(*state, 3 * REPLIES);
    assert_int_equal(stats_slots_used(*state), 1);
}

static void test_the_newest_process_names_its_worker(void **state)
{
    struct stats_worker worker;
    worker_start(stats_worker(*state, 0, 0), 11);
    worker_start(stats_worker(*state, 0, 1), 12);
    stats_worker_read(*state, 0, &worker);
    assert_int_equal(worker.pid, 12);
    worker_end(stats_worker(*state, 0, 0));
    worker_start(stats_worker(*state, 0, 0), 13);
    stats_worker_read(*state, 0, &worker);
    assert_int_equal(worker.pid, 13);
    assert_int_equal(worker.starts, 3);
    stats_worker_read(*state, 1, &worker);
    assert_int_equal(worker.pid, 0);
}

static void spin(int64_t ns)
{
    int64_t end = clock_thread_cpu_ns() + ns;
    while (clock_thread_cpu_ns() < end) {
    }
}

static void test_hold_in_wall_and_cpu_time(void **state)
{
    CLEANUP(stats_totals_deinit)
    struct stats_totals totals;
    int64_t began = hold_begin();
    spin(5 * NS_PER_MS);
    hold_end(*state, began, NULL);
    began = hold_begin();
    clock_sleep_ns(100 * NS_PER_MS);
    hold_end(*state, began, NULL);
    assert_int_equal(stats_read(*state, &totals), 0);
    assert_true(totals.loop_hold.max >= 100 * NS_PER_MS);
    assert_true(totals.loop_hold_cpu.max >= 5 * NS_PER_MS);
    /* The second used next to none of its 100 ms. */
    assert_true(totals.loop_hold_cpu.max < 100 * NS_PER_MS);
    assert_true(totals.loop_hold_cpu.min < 5 * NS_PER_MS);
}

static void test_a_short_hold_counts_with_its_wall_time(void **state)
{
    CLEANUP(stats_totals_deinit)
    struct stats_totals totals;
    for (int i = 0; i < 1000; i++)
        hold_end(*state, hold_begin(), NULL);
    assert_int_equal(stats_read(*state, &totals), 0);
    assert_int_equal(totals.loop_hold.total, 1000);
    assert_int_equal(totals.loop_hold_cpu.total, 1000);
    assert_true(totals.loop_hold_cpu.sum <= totals.loop_hold.sum);
}

/* No piece of a test lasts that long, however slow the machine. */
#define LONGEST_NS (600 * NS_PER_S)

/* In pieces of 1 ms and the longest, the last of which is followed by 5 ms of work and 50 of sleep.
 */
static void test_a_large_request_holds_for_its_longest_piece(void **state)
{
    CLEANUP(stats_totals_deinit)
    struct stats_totals totals;
    struct hold large = {.followed = true};
    struct hold small = {.followed = false};
    int64_t began = hold_begin();
    spin(NS_PER_MS);
    hold_end(*state, began, &large);
    hold_end(*state, hold_begin() - 70 * NS_PER_MS, &small); /* somebody else's */
    hold_end(*state, hold_begin() - LONGEST_NS, &large);
    spin(5 * NS_PER_MS);
    clock_sleep_ns(50 * NS_PER_MS);
    hold_close(*state, &small);
    hold_close(*state, &large);
    hold_close(*state, &large); /* it is over */
    assert_int_equal(stats_read(*state, &totals), 0);
    assert_int_equal(totals.loop_hold.total, 3);
    assert_int_equal(totals.large_hold.total, 1);
    assert_in_range(totals.large_hold.max, large.longest_ns + 5 * NS_PER_MS,
                    large.longest_ns + 50 * NS_PER_MS);
}

/* The reply went out in a later, shorter piece: that is not the one that others waited for. */
static void test_what_follows_a_short_piece_is_no_part_of_the_longest(void **state)
{
    CLEANUP(stats_totals_deinit)
    struct stats_totals totals;
    struct hold large = {.followed = true};
    hold_end(*state, hold_begin() - LONGEST_NS, &large);
    hold_end(*state, hold_begin(), &large);
    spin(5 * NS_PER_MS);
    hold_close(*state, &large);
    assert_int_equal(stats_read(*state, &totals), 0);
    assert_int_equal(totals.large_hold.max, large.longest_ns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_recorded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_values_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_threads_with_slots_of_their_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_more_threads_than_slots, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_threads_one_after_another_use_one_slot, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_process_is_seen_by_its_parent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_a_killed_process_had_in_flight_is_dropped, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_newest_process_names_its_worker, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_hold_in_wall_and_cpu_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_short_hold_counts_with_its_wall_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_large_request_holds_for_its_longest_piece, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_follows_a_short_piece_is_no_part_of_the_longest,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
