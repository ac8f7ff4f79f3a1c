/*
 * test_difference.c: the verdicts of `diff` on rounds whose truth is known,
 * and how often it is wrong on rounds drawn at random.
 */
#include "analysis/difference.h"
#include "base/error.h"
#include "base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { ROUNDS = 6, TRIALS = 4000 };

static void clear_cases_are_told(void **state)
{
    (void)state;
    static const double a[] = {10.0, 10.1, 9.9, 10.0, 10.05};
    static const double alike[] = {10.1, 10.0, 10.05, 9.95, 10.0};
    static const double twice[] = {20.0, 20.2, 19.9, 20.1, 20.0};
    static const double wild[] = {5, 40, 11, 9, 14};
    static const double equal[] = {7, 7, 7};
    struct difference d = difference_of(a, 5, alike, 5, 0.05, 0.1);
    assert_int_equal(d.verdict, DIFFERENCE_SAME);
    assert_true(d.low < 1 && 1 < d.high && d.bounded);
    d = difference_of(a, 5, twice, 5, 0.05, 0.1);
    assert_int_equal(d.verdict, DIFFERENCE_DIFFERENT);
    assert_true(d.low < 2 && 2 < d.high && fabs(d.ratio - 2) < 0.02);
    assert_true(fabs(d.first - 10) < 0.02 && fabs(d.second - 20) < 0.1);
    d = difference_of(twice, 5, a, 5, 0.05, 0.1);
    assert_int_equal(d.verdict, DIFFERENCE_DIFFERENT);
    assert_true(d.high < 0.6);
    assert_int_equal(difference_of(a, 5, wild, 5, 0.05, 0.1).verdict, DIFFERENCE_CANNOT_TELL);
    assert_int_equal(difference_of(a, 5, twice, 5, 0.05, 1.5).verdict, DIFFERENCE_SAME);
    assert_int_equal(difference_of(equal, 3, equal, 3, 0.05, 0.1).verdict, DIFFERENCE_SAME);
    d = difference_of(a, 2, twice, 5, 0.05, 0.1);
    assert_int_equal(d.verdict, DIFFERENCE_CANNOT_TELL);
    assert_false(d.bounded);
    assert_true(fabs(d.ratio - 2) < 0.02);
    d = difference_of(a, 0, twice, 0, 0.05, 0.1);
    assert_int_equal(d.verdict, DIFFERENCE_CANNOT_TELL);
    assert_true(d.ratio == 0);
}

/* exp(scatter * a normal number): what a percentile's rounds look like. */
static double draw(uint64_t *random, double scatter)
{
    double radius = sqrt(-2 * log(random_unit(random)));
    return exp(scatter * radius * cos(6.283185307179586 * random_unit(random)));
}

/* How often, in percent, rounds with a true ratio are told as `verdict`. */
static double share(double scatter, double ratio, double margin, enum difference_verdict verdict)
{
    uint64_t random = 7;
    int hits = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double a[ROUNDS];
        double b[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            a[i] = draw(&random, scatter);
            b[i] = ratio * draw(&random, scatter);
        }
        hits += difference_of(a, ROUNDS, b, ROUNDS, 0.05, margin).verdict == verdict;
    }
    return 100.0 * hits / TRIALS;
}

static void the_risk_is_kept(void **state)
{
    (void)state;
    /* without a margin a difference is seen in 5 % at most; conservative, so in fewer */
    double wrong = share(0.5, 1, 0, DIFFERENCE_DIFFERENT);
    assert_true(wrong > 1 && wrong < 5);
    /* on the edge of the margin neither side may be wrong more often than that */
    assert_true(share(0.05, 1.1, 0.1, DIFFERENCE_SAME) < 5);
    assert_true(share(0.05, 1.1, 0.1, DIFFERENCE_DIFFERENT) < 5);
    /* and what is clear is told */
    assert_true(share(0.02, 1, 0.1, DIFFERENCE_SAME) > 95);
    assert_true(share(0.1, 2, 0.1, DIFFERENCE_DIFFERENT) > 95);
    assert_true(share(0.5, 1, 0.1, DIFFERENCE_CANNOT_TELL) > 95);
}

/* A ratio of the size that is told is seen in four of five pairs of runs. */
static void what_would_be_seen_is_seen_so_often(void **state)
{
    (void)state;
    static const double scatters[] = {0.05, 0.2, 0.5};
    for (size_t i = 0; i < ARRAY_LENGTH(scatters); i++) {
        double variance = scatters[i] * scatters[i] / ROUNDS;
        double least = difference_least_seen(variance, ROUNDS, 0.05, 0.1);
        double seen = share(scatters[i], least, 0.1, DIFFERENCE_DIFFERENT);
        assert_true(seen > 77 && seen < 85);
    }
    assert_true(difference_least_seen(0.01, 2, 0.05, 0.1) == 0);
}

static void verdicts_have_names(void **state)
{
    (void)state;
    assert_string_equal(difference_name(DIFFERENCE_DIFFERENT), "different");
    assert_string_equal(difference_name(DIFFERENCE_SAME), "same");
    assert_string_equal(difference_name(DIFFERENCE_CANNOT_TELL), "can't tell");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clear_cases_are_told),
        cmocka_unit_test(the_risk_is_kept),
        cmocka_unit_test(what_would_be_seen_is_seen_so_often),
        cmocka_unit_test(verdicts_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
