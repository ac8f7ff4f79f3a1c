/* Tests of src/daemon/acceptor: which worker gets a connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/acceptor.h"

#include <string.h>

enum { WORKERS = 4, LIMIT = 1000 };

static struct worker records[WORKERS];
static struct worker *workers[WORKERS];
static struct acceptor acceptor;

static int set_up(void **state)
{
    (void)state;
    memset(records, 0, sizeof records);
    acceptor = (struct acceptor){.count = WORKERS, .limit = LIMIT, .workers = workers};
    for (unsigned i = 0; i < WORKERS; i++)
        workers[i] = &records[i];
    return 0;
}

/* Picks as the acceptor does: the connection counts at once. */
static unsigned pick_for(bool large, unsigned last)
{
    acceptor.last = last;
    unsigned worker = acceptor_pick(&acceptor, large);
    if (worker < WORKERS)
        atomic_fetch_add(&workers[worker]->handed, 1);
    return worker;
}

static unsigned pick(unsigned last)
{
    return pick_for(false, last);
}

static void test_ties_in_turn(void **state)
{
    (void)state;
    unsigned last = WORKERS - 1;
    for (unsigned i = 0; i < 3 * WORKERS; i++) {
        last = pick(last);
        assert_int_equal(last, i % WORKERS);
    }
}

static void test_short_connections_take_turns_too(void **state)
{
    (void)state;
    unsigned last = WORKERS - 1;
    for (unsigned i = 0; i < 3 * WORKERS; i++) {
        last = pick(last);
        assert_int_equal(last, i % WORKERS);
        worker_connection_ends(workers[last]);
    }
}

static void test_fewest_open_connections(void **state)
{
    (void)state;
    atomic_store(&records[0].handed, 8);
    atomic_store(&records[1].handed, 8);
    worker_connection_ends(&records[1]);
    worker_connection_ends(&records[1]);
    worker_connection_ends(&records[1]);
    atomic_store(&records[2].handed, 8);
    atomic_store(&records[3].handed, 9);
    assert_int_equal(pick(3), 1);
}

static void test_requests_in_flight_count(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        worker_request_begins(&records[0]);
        worker_request_begins(&records[1]);
        worker_request_begins(&records[3]);
    }
    assert_int_equal(pick(3), 2);
    worker_request_ends(&records[3], 0);
    assert_int_equal(pick(2), 3);
}

static void test_one_small_request_more_or_less_does_not_matter(void **state)
{
    (void)state;
    atomic_store(&records[1].handed, 1);
    worker_request_begins(&records[1]);
    unsigned last = pick(3);
    assert_int_equal(last, 0);
    assert_int_equal(pick(last), 1);
    assert_int_equal(pick(1), 2);
}

static void test_a_large_body_weighs_as_many_connections(void **state)
{
    (void)state;
    const uint64_t large = 25 << 20;
    worker_request_begins(&records[0]);
    worker_request_grows(&records[0], large);
    for (unsigned i = 0, last = 0; i < 300; i++) {
        last = pick(last);
        assert_int_not_equal(last, 0);
    }
    worker_request_ends(&records[0], large);
    assert_int_equal(pick(0), 0);
}

static void test_who_is_full_gets_none(void **state)
{
    (void)state;
    atomic_store(&records[0].handed, LIMIT);
    atomic_store(&records[1].handed, LIMIT - 1);
    atomic_store(&records[2].handed, LIMIT + 1);
    worker_request_begins(&records[1]);
    worker_request_grows(&records[1], 100 << 20);
    workers[3] = NULL;
    assert_int_equal(pick(0), 1);
    assert_int_equal(pick(0), WORKERS);
}

static void test_nobody_takes_any(void **state)
{
    (void)state;
    workers[1] = NULL;
    workers[2] = NULL;
    atomic_store(&records[0].handed, 1);
    assert_int_equal(pick(0), 3);
    workers[0] = NULL;
    workers[3] = NULL;
    assert_int_equal(pick(0), WORKERS);
}

static void test_the_reserve_gets_no_large_body(void **state)
{
    (void)state;
    acceptor.reserve = 2;
    for (unsigned i = 0, last = 0; i < 100; i++) {
        last = pick_for(true, last);
        assert_in_range(last, 2, 3);
        worker_request_grows(workers[last], 25 << 20);
    }
    for (unsigned i = 0, last = 3; i < 60; i++) {
        last = pick(last);
        assert_in_range(last, 0, 1);
    }
}

static void test_without_others_nobody_takes_a_large_body(void **state)
{
    (void)state;
    acceptor.reserve = 3;
    workers[3] = NULL;
    assert_int_equal(pick_for(true, 0), WORKERS);
    assert_in_range(pick(0), 0, 2);
}

/* Who has handler threads for them is not held by them. */
static void test_bodies_do_not_make_the_reserve_busy(void **state)
{
    (void)state;
    acceptor.reserve = 1;
    for (unsigned i = 0; i < WORKERS; i++) {
        worker_request_begins(&records[i]);
        worker_request_grows(&records[i], 25 << 20);
    }
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(pick(3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_ties_in_turn, set_up),
        cmocka_unit_test_setup(test_short_connections_take_turns_too, set_up),
        cmocka_unit_test_setup(test_fewest_open_connections, set_up),
        cmocka_unit_test_setup(test_requests_in_flight_count, set_up),
        cmocka_unit_test_setup(test_one_small_request_more_or_less_does_not_matter, set_up),
        cmocka_unit_test_setup(test_a_large_body_weighs_as_many_connections, set_up),
        cmocka_unit_test_setup(test_who_is_full_gets_none, set_up),
        cmocka_unit_test_setup(test_nobody_takes_any, set_up),
        cmocka_unit_test_setup(test_the_reserve_gets_no_large_body, set_up),
        cmocka_unit_test_setup(test_without_others_nobody_takes_a_large_body, set_up),
        cmocka_unit_test_setup(test_bodies_do_not_make_the_reserve_busy, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
