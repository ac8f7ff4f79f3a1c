/*
 * test_interval.c: Student's t, and how often the intervals that rounds give
 * hold the truth.
 */
#include "analysis/interval.h"
#include "base/error.h"
#include "base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { ROUNDS_MOST = 10, TRIALS = 4000 };

static void students_t_is_the_tables(void **state)
{
    (void)state;
    static const struct {
        double risk;
        size_t degrees;
        double t;
    } rows[] = {{0.05, 1, 12.706}, {0.05, 2, 4.303},  {0.05, 3, 3.182},  {0.01, 4, 4.604},
                {0.05, 5, 2.571},  {0.1, 9, 1.833},   {0.001, 6, 5.959}, {0.05, 30, 2.042},
                {0.02, 10, 2.764}, {0.05, 999, 1.962}};
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        double t = interval_student(rows[i].risk, rows[i].degrees);
        assert_true(fabs(t - rows[i].t) < 0.001);
    }
}

static bool is_near(double value, double expected)
{
    return fabs(value - expected) < 0.001 * fabs(expected);
}

static void known_rounds_have_known_intervals(void **state)
{
    (void)state;
    static const double values[] = {-1, 2, 5};
    static const double ratios[] = {0.5, 1, 2, 4};
    struct estimate found = interval_of_values(values, 3);
    assert_true(found.known && found.bounded && is_near(found.value, 2));
    assert_true(is_near(found.low, 2 - 4.3027 * sqrt(3)));
    assert_true(is_near(found.high, 2 + 4.3027 * sqrt(3)));
    found = interval_of_ratios(ratios, 4);
    double reach = 3.1824 * log(2) * sqrt(5.0 / 3 / 4);
    assert_true(is_near(found.value, sqrt(2)));
    assert_true(is_near(found.low, sqrt(2) * exp(-reach)));
    assert_true(is_near(found.high, sqrt(2) * exp(reach)));
}

/* With as much of the other thing in each round it is the mean of the rounds' quotients. */
static void a_quotient_is_of_the_sums(void **state)
{
    (void)state;
    static const double parts[] = {40, -20, 70};
    static const double alike[] = {10, 10, 10};
    static const double uneven[] = {4, 0, 2};
    static const double means[] = {4, -2, 7};
    struct estimate found = interval_of_quotient(parts, alike, 3);
    struct estimate expected = interval_of_values(means, 3);
    assert_true(is_near(found.value, expected.value));
    assert_true(is_near(found.low, expected.low) && is_near(found.high, expected.high));
    assert_true(is_near(interval_of_quotient(parts, uneven, 3).value, 15));
    assert_false(interval_of_quotient(parts, (const double[]){0, 0, 0}, 3).known);
}

static void few_rounds_have_none(void **state)
{
    (void)state;
    static const double values[] = {2, 8};
    assert_true(interval_of_values(values, 2).known && !interval_of_values(values, 2).bounded);
    assert_true(is_near(interval_of_ratios(values, 2).value, 4));
    assert_false(interval_of_ratios(values, 2).bounded);
    assert_false(interval_of_values(values, 0).known || interval_of_ratios(values, 0).known);
}

static void a_change_is_shown_by_an_interval_without_one(void **state)
{
    (void)state;
    static const struct {
        struct estimate ratio;
        int direction;
    } cases[] = {
        {{.known = true, .value = 5, .bounded = true, .low = 1.01, .high = 9}, 1},
        {{.known = true, .value = 0.5, .bounded = true, .low = 0.2, .high = 0.99}, -1},
        {{.known = true, .value = 5, .bounded = true, .low = 0.99, .high = 25}, 0},
        {{.known = true, .value = 5}, 0},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_int_equal(interval_direction(&cases[i].ratio), cases[i].direction);
        assert_int_equal(interval_shows_change(&cases[i].ratio), cases[i].direction != 0);
    }
}

static double normal(uint64_t *random)
{
    double radius = sqrt(-2 * log(random_unit(random)));
    return radius * cos(6.283185307179586 * random_unit(random));
}

/* How often in 100 intervals of log-normal rounds do not hold the true ratio of 3. */
static double misses(size_t rounds, bool ratios)
{
    uint64_t random = 11 + rounds;
    int missed = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double values[ROUNDS_MOST];
        for (size_t i = 0; i < rounds; i++)
            values[i] = ratios ? 3 * exp(0.5 * normal(&random)) : 3 + 4 * normal(&random);
        struct estimate found =
            ratios ? interval_of_ratios(values, rounds) : interval_of_values(values, rounds);
        missed += found.low > 3 || found.high < 3;
    }
    return 100.0 * missed / TRIALS;
}

static void one_in_twenty_misses(void **state)
{
    (void)state;
    static const size_t rounds[] = {3, 4, 5, 6, 10};
    for (size_t i = 0; i < ARRAY_LENGTH(rounds); i++) {
        for (int ratios = 0; ratios < 2; ratios++) {
            double missed = misses(rounds[i], ratios);
            assert_true(missed > 4 && missed < 6);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(students_t_is_the_tables),
        cmocka_unit_test(known_rounds_have_known_intervals),
        cmocka_unit_test(a_quotient_is_of_the_sums),
        cmocka_unit_test(few_rounds_have_none),
        cmocka_unit_test(a_change_is_shown_by_an_interval_without_one),
        cmocka_unit_test(one_in_twenty_misses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
