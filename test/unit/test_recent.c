/* Tests of src/stats/recent: the longest of each tenth of a second, and what is forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "stats/recent.h"

#include <pthread.h>

#define AT(tick) ((tick)*RECENT_TICK_NS + 5 * NS_PER_MS)

static void test_the_longest_of_a_tick_is_kept(void **state)
{
    (void)state;
    struct recent recent = {0};
    recent_hold(&recent, AT(1000), 3 * NS_PER_MS);
    recent_hold(&recent, AT(1000) + 90 * NS_PER_MS, 7 * NS_PER_MS);
    recent_hold(&recent, AT(1000), 5 * NS_PER_MS);
    recent_hold(&recent, AT(1001), 2 * NS_PER_MS);
    recent_answer(&recent, AT(1001), 900 * NS_PER_MS);
    assert_int_equal(recent_longest(recent.holds, 1000), 7 * NS_PER_MS);
    assert_int_equal(recent_longest(recent.holds, 1001), 2 * NS_PER_MS);
    assert_int_equal(recent_longest(recent.holds, 999), 0);
    assert_int_equal(recent_longest(recent.answers, 1000), 0);
    assert_int_equal(recent_longest(recent.answers, 1001), 900 * NS_PER_MS);
}

static void test_less_than_a_millisecond_is_not_noted(void **state)
{
    (void)state;
    struct recent recent = {0};
    recent_hold(&recent, AT(5), NS_PER_MS - 1);
    recent_answer(&recent, AT(5), NS_PER_MS - 1);
    assert_int_equal(recent_longest(recent.holds, 5), 0);
    assert_int_equal(recent_longest(recent.answers, 5), 0);
    recent_hold(&recent, AT(5), NS_PER_MS);
    assert_int_equal(recent_longest(recent.holds, 5), NS_PER_MS);
}

static void test_a_new_tick_takes_the_place_of_an_old_one(void **state)
{
    (void)state;
    struct recent recent = {0};
    recent_hold(&recent, AT(10), 800 * NS_PER_MS);
    recent_hold(&recent, AT(10 + RECENT_CELLS), 2 * NS_PER_MS);
    assert_int_equal(recent_longest(recent.holds, 10), 0);
    assert_int_equal(recent_longest(recent.holds, 10 + RECENT_CELLS), 2 * NS_PER_MS);
    recent_hold(&recent, AT(10), 900 * NS_PER_MS); /* from a thread that was late */
    assert_int_equal(recent_longest(recent.holds, 10 + RECENT_CELLS), 2 * NS_PER_MS);
}

static void test_what_lasts_longer_than_a_cell_holds_is_cut(void **state)
{
    (void)state;
    struct recent recent = {0};
    recent_hold(&recent, AT(100000), 7200 * NS_PER_S);
    assert_int_equal(recent_longest(recent.holds, 100000), (int64_t)UINT32_MAX * NS_PER_US);
    assert_int_equal(recent_longest(recent.holds, 100001), 0);
}

enum { NOTES = 2000, THREADS = 3 };

static void *note_many(void *recent)
{
    for (int i = 1; i <= NOTES; i++)
        recent_hold(recent, AT(50 + i % 4), i * NS_PER_MS);
    return NULL;
}

static void test_threads_note_side_by_side(void **state)
{
    (void)state;
    struct recent recent = {0};
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, note_many, &recent), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int k = 0; k < 4; k++) {
        const int last = k == 0 ? NOTES : NOTES - 4 + k;
        assert_int_equal(recent_longest(recent.holds, 50 + k), last * NS_PER_MS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_longest_of_a_tick_is_kept),
        cmocka_unit_test(test_less_than_a_millisecond_is_not_noted),
        cmocka_unit_test(test_a_new_tick_takes_the_place_of_an_old_one),
        cmocka_unit_test(test_what_lasts_longer_than_a_cell_holds_is_cut),
        cmocka_unit_test(test_threads_note_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
