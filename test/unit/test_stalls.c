/*
 * test_stalls.c: which requests were slow, and which large ones stood in their
 * way: on one loop by the server's own times, elsewhere by overlap.
 */
#include "analysis/stalls.h"
#include "base/clock.h"
#include "made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_stall(const struct stall *stall, uint64_t id, double response, double blamed,
                         uint64_t large_id)
{
    assert_int_equal(stall->id, id);
    assert_near((double)stall->response_ns / NS_PER_MS, response);
    assert_near((double)stall->excess_ns / NS_PER_MS, response - 1);
    assert_near((double)stall->blamed_ns / NS_PER_MS, blamed);
    assert_int_equal(stall->large_id, large_id);
    assert_true((stall->large != NULL) == (large_id != 0));
}

/* A large request that held the loop from 100 to 185 ms, another one from 200 to 260 ms. */
static void make(struct made *made, const char *command)
{
    made_init(made, command, 1);
    made_set_one_loop(made_small(made, 0));
    made_set_one_loop(made_large(made, 0));
    made_add_alone(made_small(made, 0), 100, 1);
    made_add(
        made_large(made, 0),
        &(struct made_request){.id = 71, .planned = 40, .first_byte = 185, .end = 186, .hold = 85});
    made_add(made_large(made, 0),
             &(struct made_request){
                 .id = 72, .planned = 187, .first_byte = 260, .end = 261, .hold = 60});
}

static void one_loop_blames_the_holds(void **state)
{
    (void)state;
    struct made made;
    struct stalls stalls;
    make(&made, "compare");
    struct cell *small = made_small(&made, 0);
    made_add(small,
             &(struct made_request){.id = 1, .planned = 120, .end = 190}); /* 65 of the first */
    made_add(small, &(struct made_request){.id = 2, .planned = 90, .end = 187});  /* all 85 of it */
    made_add(small, &(struct made_request){.id = 3, .planned = 10, .end = 12.5}); /* nobody's */
    made_add(small, &(struct made_request){.id = 4, .planned = 20, .end = 21.5}); /* not slow */
    made_add(small, &(struct made_request){.id = 5, .planned = 150, .end = 265}); /* 35 and 60 */
    made_add(small,
             &(struct made_request){.id = 6, .planned = 100, .end = 185}); /* its excess is 84 */
    result_seal(&made.result);
    assert_int_equal(stalls_find(&made.result, small, &stalls), 0);
    assert_true(stalls.known && stalls.causal);
    assert_int_equal(stalls.slow, 5);
    assert_int_equal(stalls.top_count, 5);
    assert_stall(&stalls.top[0], 5, 115, 95, 72);
    assert_near((double)stalls.top[0].large_ns / NS_PER_MS, 60);
    assert_int_equal(stalls.top[0].large_hold_ns, 60 * NS_PER_MS);
    assert_ptr_equal(stalls.top[0].large, &made.options.classes[1]);
    assert_stall(&stalls.top[1], 2, 97, 85, 71);
    assert_stall(&stalls.top[2], 6, 85, 84, 71);
    assert_stall(&stalls.top[3], 1, 70, 65, 71);
    assert_stall(&stalls.top[4], 3, 2.5, 0, 0);
    assert_near((double)stalls.excess_ns / NS_PER_MS, 114 + 96 + 84 + 69 + 1.5);
    assert_near((double)stalls.blamed_ns / NS_PER_MS, 95 + 85 + 84 + 65);
    stalls_deinit(&stalls);
    stalls_deinit(&stalls);
    made_deinit(&made);
}

/*
 * What chance gives: the holds last from 100 to 185 ms and from 200 to 260, of windows from 0 to
 * 150 and from 250 to 350 ms 50 + 10 of 250 ms. In a window alone nobody is.
 */
static void chance_is_the_time_that_large_ones_were_there(void **state)
{
    (void)state;
    struct made made;
    struct stalls stalls;
    make(&made, "compare");
    struct cell *small = made_small(&made, 0);
    made_add(small, &(struct made_request){.id = 1, .planned = 120, .end = 190});
    for (unsigned round = 0; round < 2; round++) {
        made_add_window(small, round, false, round ? 100 : 150, 0, NULL, NULL);
        struct cell_window *window = &small->windows[small->window_count - 1];
        window->start_ns = round ? made_ns(250) : 0;
        window->end_ns = round ? made_ns(350) : made_ns(150);
    }
    made_add_window(small, 0, true, 1000, 0, NULL, NULL);
    result_seal(&made.result);
    assert_int_equal(stalls_find(&made.result, small, &stalls), 0);
    assert_true(stalls.causal);
    assert_near(stalls.chance, 60 / 250.0);
    stalls_deinit(&stalls);
    small->traits.one_loop = TRAIT_NO; /* in flight from 40 to 185 and from 187 to 260: 110 + 10 */
    assert_int_equal(stalls_find(&made.result, small, &stalls), 0);
    assert_false(stalls.causal);
    assert_near(stalls.chance, 120 / 250.0);
    stalls_deinit(&stalls);
    made_deinit(&made);
}

/* Then a large request is in the way from its send to its first byte. */
static void without_the_servers_word_overlap_is_told(void **state)
{
    (void)state;
    struct made made;
    struct stalls stalls;
    make(&made, "compare");
    struct cell *small = made_small(&made, 0);
    made_add(
        made_large(&made, 0), /* tells no hold: of none it is believed */
        &(struct made_request){.id = 73, .planned = 5, .sent = 10, .first_byte = 30, .end = 31});
    made_add(small, &(struct made_request){.id = 1, .planned = 50, .end = 100});
    made_add(small, &(struct made_request){.id = 2, .planned = 8, .end = 38});
    result_seal(&made.result);
    assert_int_equal(stalls_find(&made.result, small, &stalls), 0);
    assert_true(stalls.known && !stalls.causal);
    assert_int_equal(stalls.slow, 2);
    assert_stall(&stalls.top[0], 1, 50, 49, 71);
    assert_stall(&stalls.top[1], 2, 30, 20, 73);
    assert_int_equal(stalls.top[1].large_hold_ns, 0);
    stalls_deinit(&stalls);

    small->has_server = false; /* whoever it is: no cause is claimed */
    assert_int_equal(stalls_find(&made.result, small, &stalls), 0);
    assert_true(stalls.known && !stalls.causal);
    stalls_deinit(&stalls);
    made_deinit(&made);
}

static void only_what_is_beside_it_counts(void **state)
{
    (void)state;
    struct made made;
    struct stalls stalls;
    made_init(&made, "compare", 2);
    made_add_alone(made_small(&made, 0), 100, 1);
    made_add(made_small(&made, 0), &(struct made_request){.id = 1, .planned = 10, .end = 60});
    made_add(made_large(&made, 1), &(struct made_request){.id = 2, .planned = 10, .end = 60});
    result_seal(&made.result);
    assert_int_equal(stalls_find(&made.result, made_small(&made, 0), &stalls), 0);
    assert_false(stalls.known); /* the large one is another system's */
    assert_int_equal(stalls.slow, 0);
    stalls_deinit(&stalls);
    assert_int_equal(stalls_find(&made.result, made_large(&made, 1), &stalls), 0);
    assert_false(stalls.known); /* large ones are not asked */
    stalls_deinit(&stalls);
    assert_int_equal(stalls_find(&made.result, made_small(&made, 1), &stalls), 0);
    assert_false(stalls.known); /* nothing was measured */
    stalls_deinit(&stalls);
    made_deinit(&made);
}

static void slow_is_twice_the_usual_and_a_millisecond_more(void **state)
{
    (void)state;
    static const struct {
        double response;
        double usual;
        bool slow;
    } cases[] = {
        {2, 1, true},     {1.999, 1, false},  {10, 5, true},   {9.99, 5, false},
        {1.1, 0.1, true}, {1.09, 0.1, false}, {0.2, 0, false}, {1, 0, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(stalls_is_slow(made_ns(cases[i].response), made_ns(cases[i].usual)),
                         cases[i].slow);
}

static void the_usual_is_the_baselines_median_or_the_fastest_tenth(void **state)
{
    (void)state;
    struct made made;
    made_init(&made, "load", 1);
    struct cell *small = made_small(&made, 0);
    for (unsigned i = 1; i <= 100; i++)
        made_add(small, &(struct made_request){.id = i, .planned = 100, .end = 100 + i});
    assert_near((double)stalls_usual(small) / NS_PER_MS, 10);
    made_add_alone(small, 60, 2);
    made_add_alone(small, 40, 30);
    assert_near((double)stalls_usual(small) / NS_PER_MS, 2);
    made_deinit(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_loop_blames_the_holds),
        cmocka_unit_test(chance_is_the_time_that_large_ones_were_there),
        cmocka_unit_test(without_the_servers_word_overlap_is_told),
        cmocka_unit_test(only_what_is_beside_it_counts),
        cmocka_unit_test(slow_is_twice_the_usual_and_a_millisecond_more),
        cmocka_unit_test(the_usual_is_the_baselines_median_or_the_fastest_tenth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
