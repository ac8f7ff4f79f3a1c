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

/* Rounds in which the slow tenth takes 50, 100 and 200 times what it takes alone. */
static void rounds_that_differ_have_a_wide_interval(void **state)
{
    (void)state;
    static const unsigned all[] = {400};
    static const unsigned parts[] = {360, 40};
    static const double alone[] = {2};
    struct made made;
    struct interference found;
    made_init(&made, "compare --rounds=3", 1);
    for (unsigned round = 0; round < 3; round++) {
        const double ms[] = {2, 100 << round};
        made_add_window(made_small(&made, 0), round, true, 500, 1, all, alone);
        made_add_window(made_small(&made, 0), round, false, 1000, 2, parts, ms);
        made_add_window(made_large(&made, 0), round, false, 1000, 1, (const unsigned[]){4},
                        (const double[]){300});
    }
    assert_int_equal(interference_of(&made.result, made_small(&made, 0), &found), 0);
    assert_near(found.ratios[3].value, 100); /* the geometric mean */
    assert_near(found.ratios[3].low, 100 / 5.6);
    assert_near(found.ratios[3].high, 100 * 5.6); /* exp(4.303 * log(2) / sqrt(3)) */
    assert_near(found.collateral_ms.value, (98 + 198 + 398) * 40 / 12.0);
    assert_true(found.collateral_ms.bounded && found.collateral_ms.low < 0);
    made_deinit(&made);
}

/* A tenth of the requests with the large ones fails: p95 and p99 are among them. */
static void failed_requests_leave_no_ratio_but_a_least_one(void **state)
{
    (void)state;
    struct made made;
    struct interference found;
    made_init(&made, "compare --rounds=3", 1);
    for (unsigned round = 0; round < 3; round++)
        add_round(&made, 0, round, 5);
    struct cell *small = made_small(&made, 0);
    for (size_t i = 0; i < small->window_count; i++) {
        struct class_stats *stats = &small->windows[i].stats;
        if (small->windows[i].alone)
            continue;
        stats->planned += 45;
        small->stats.planned += 45;
        for (int n = 0; n < 45; n++) {
            class_stats_record_unsent(stats, 0, made_ns(400));
            class_stats_record_unsent(&small->stats, 0, made_ns(400));
        }
    }
    assert_int_equal(interference_of(&made.result, small, &found), 0);
    assert_true(found.ratios[0].bounded && !found.ratios[0].at_least);
    assert_near(found.ratios[0].value, 1);
    for (int i = 2; i < 4; i++) {
        assert_true(found.ratios[i].known && found.ratios[i].at_least && !found.ratios[i].bounded);
        assert_near(found.ratios[i].value, 200);
    }
    made_deinit(&made);
}

static void lose_all(struct made *made, unsigned round, bool alone, unsigned count)
{
    struct cell *small = made_small(made, 0);
    made_add_window(small, round, alone, alone ? 500 : 1000, 0, NULL, NULL);
    struct class_stats *stats = &small->windows[small->window_count - 1].stats;
    struct class_stats *sum = alone ? &small->baseline : &small->stats;
    stats->planned += count;
    sum->planned += count;
    for (unsigned i = 0; i < count; i++) {
        class_stats_record_unsent(stats, 0, made_ns(400));
        class_stats_record_unsent(sum, 0, made_ns(400));
    }
}

/* To leave it out would flatter the server: five good rounds would bound the ratio. */
static void a_round_in_which_all_failed_leaves_no_interval(void **state)
{
    (void)state;
    struct made made;
    struct interference found;
    for (int alone = 0; alone < 2; alone++) {
        made_init(&made, "compare --rounds=6", 1);
        for (unsigned round = 0; round < 5; round++)
            add_round(&made, 0, round, 5);
        made_add_window(made_small(&made, 0), 5, !alone, alone ? 1000 : 500, 1,
                        (const unsigned[]){400}, (const double[]){2});
        lose_all(&made, 5, alone, 400);
        assert_int_equal(interference_of(&made.result, made_small(&made, 0), &found), 0);
        assert_int_equal(found.rounds, 6);
        assert_true(found.ratios[0].known && !found.ratios[0].bounded);
        assert_true(found.collateral_ms.bounded); /* of replies only */
        assert_near(found.collateral_ms.value, 800);
        made_deinit(&made);
    }
}

/* Of a class that got no reply beside large requests it is known what it waited at least. */
static void rounds_in_which_all_failed_leave_a_least_ratio(void **state)
{
    (void)state;
    struct made made;
    struct interference found;
    made_init(&made, "compare --rounds=3", 1);
    for (unsigned round = 0; round < 3; round++) {
        made_add_window(made_small(&made, 0), round, true, 500, 1, (const unsigned[]){400},
                        (const double[]){2});
        lose_all(&made, round, false, 400);
    }
    assert_int_equal(interference_of(&made.result, made_small(&made, 0), &found), 0);
    assert_true(found.ratios[0].at_least && !found.ratios[0].bounded);
    assert_near(found.ratios[0].value, 200);
    assert_false(found.collateral_ms.known);
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

/* What came in the twentieth of a window before an interrupt is no round's figure. */
static void a_round_that_was_cut_short_is_none(void **state)
{
    (void)state;
    static const unsigned few[] = {20};
    static const double slow[] = {900};
    static const double quick[] = {1};
    struct made made;
    struct interference found;
    for (int alone = 0; alone < 2; alone++) {
        made_init(&made, "compare --rounds=4", 1);
        for (unsigned round = 0; round < 3; round++)
            add_round(&made, 0, round, 5);
        struct cell *small = made_small(&made, 0);
        made_add_window(small, 3, !alone, alone ? 1000 : 500, 1, few, quick);
        made_add_window(small, 3, alone, alone ? 25 : 50, 1, few, slow);
        assert_int_equal(interference_of(&made.result, small, &found), 0);
        assert_int_equal(found.rounds, 3);
        assert_true(found.ratios[0].bounded && found.ratios[3].bounded);
        assert_near(found.ratios[0].high, 1);
        assert_near(found.ratios[3].low, 51);
        assert_near(found.ratios[3].high, 51);
        assert_near(found.collateral_ms.value, 800);
        made_deinit(&made);
    }
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
        cmocka_unit_test(rounds_that_differ_have_a_wide_interval),
        cmocka_unit_test(failed_requests_leave_no_ratio_but_a_least_one),
        cmocka_unit_test(a_round_in_which_all_failed_leaves_no_interval),
        cmocka_unit_test(rounds_in_which_all_failed_leave_a_least_ratio),
        cmocka_unit_test(few_rounds_have_no_interval_and_few_requests_no_p99),
        cmocka_unit_test(a_round_counts_whole_or_not_at_all),
        cmocka_unit_test(a_round_that_was_cut_short_is_none),
        cmocka_unit_test(what_cannot_be_told_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
