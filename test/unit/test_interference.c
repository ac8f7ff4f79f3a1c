/*
 * test_interference.c: what large requests did to small ones, from windows
 * with and without: ratios, collateral delay, and which rounds count.
 */
#include "analysis/interference.h"
#include "made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A round: alone all take 2 ms; beside `large` requests a tenth of them takes 102 ms. */
static void add_round(struct made *made, size_t system, unsigned round, unsigned large)
{
    static const unsigned all[] = {400};
    static const unsigned parts[] = {360, 40};
    static const double ms[] = {2, 102};
    static const double long_ms[] = {300};
    made_add_window(made_small(made, system), round, true, 500, 1, all, ms);
    made_add_window(made_small(made, system), round, false, 1000, 2, parts, ms);
    made_add_window(made_large(made, system), round, false, 1000, 1, &large, long_ms);
}

static void ratios_and_collateral_are_those_of_all_rounds(void **state)
{
    (void)state;
    struct made made;
    struct interference found;
    made_init(&made, "compare --rounds=3", 1);
    for (unsigned round = 0; round < 3; round++)
        add_round(&made, 0, round, 5);
    assert_int_equal(interference_of(&made.result, made_small(&made, 0), &found), 0);
    assert_int_equal(found.rounds, 3);
    static const double expected[INTERFERENCE_PERCENTS] = {1, 1, 51, 51}; /* p50 p90 p95 p99 */
    for (int i = 0; i < INTERFERENCE_PERCENTS; i++) {
        assert_true(found.ratios[i].known && found.ratios[i].bounded);
        assert_near(found.ratios[i].value, expected[i]);
        assert_near(found.ratios[i].low, expected[i]); /* all rounds are alike */
        assert_near(found.ratios[i].high, expected[i]);
    }
    /* 40 of 400 waited 100 ms more, which is 4,000 ms for 5 large requests. */
    assert_true(found.collateral_ms.known && found.collateral_ms.bounded);
    assert_near(found.collateral_ms.value, 800);
    assert_near(found.collateral_ms.low, 800);
    assert_int_equal(interference_highest(&found), 3);
    made_deinit(&made);
}

static void few_rounds_have_no_interval_and_few_requests_no_p99(void **state)
{
    (void)state;
    struct made made;
    struct interference found;
    made_init(&made, "compare --rounds=2", 1);
    add_round(&made, 0, 0, 5);
    add_round(&made, 0, 1, 5);
    assert_int_equal(interference_of(&made.result, made_small(&made, 0), &found), 0);
    assert_int_equal(found.rounds, 2);
    assert_true(found.ratios[2].known && !found.ratios[2].bounded);
    assert_near(found.ratios[2].value, 51);
    assert_false(found.ratios[3].known); /* 8 of 800 lie beyond, not 10 */
    assert_int_equal(interference_highest(&found), 2);
    assert_true(found.collateral_ms.known && !found.collateral_ms.bounded);
    made_deinit(&made);
}

/* A round that an interrupt cut short must not weigh on one side only. */
static void a_round_counts_whole_or_not_at_all(void **state)
{
    (void)state;
    static const unsigned many[] = {1000};
    static const unsigned none[] = {0};
    static const double slow[] = {900};
    struct made made;
    struct interference found;
    made_init(&made, "compare --rounds=5", 2);
    add_round(&made, 0, 0, 4);
    add_round(&made, 0, 1, 6);
    struct cell *small = made_small(&made, 0);
    made_add_window(small, 2, false, 1000, 1, many, slow); /* without its window alone */
    made_add_window(small, 3, true, 500, 1, many, slow);   /* without its other window */
    made_add_window(small, 4, true, 500, 1, many, slow);
    made_add_window(small, 4, false, 500, 1, none, slow);                 /* nothing was answered */
    made_add_window(made_large(&made, 1), 0, false, 1000, 1, many, slow); /* another system's */
    assert_int_equal(interference_of(&made.result, small, &found), 0);
    assert_int_equal(found.rounds, 2);
    assert_near(found.ratios[2].value, 51);
    assert_near(found.collateral_ms.value, 800); /* 8,000 ms for 10 large requests */
    made_deinit(&made);
}

static void what_cannot_be_told_is_not(void **state)
{
    (void)state;
    struct made made;
    struct interference found;
    made_init(&made, "compare --rounds=3", 1);
    for (unsigned round = 0; round < 3; round++)
        add_round(&made, 0, round, 0); /* nothing large was answered: what waited is not theirs */
    assert_int_equal(interference_of(&made.result, made_small(&made, 0), &found), 0);
    assert_true(found.ratios[0].known);
    assert_false(found.collateral_ms.known);
    made_small(&made, 0)->has_baseline = false;
    assert_int_equal(interference_of(&made.result, made_small(&made, 0), &found), 0);
    assert_int_equal(found.rounds, 0);
    assert_int_equal(interference_highest(&found), -1);
    assert_false(found.ratios[0].known || found.collateral_ms.known);
    made_deinit(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_and_collateral_are_those_of_all_rounds),
        cmocka_unit_test(few_rounds_have_no_interval_and_few_requests_no_p99),
        cmocka_unit_test(a_round_counts_whole_or_not_at_all),
        cmocka_unit_test(what_cannot_be_told_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
