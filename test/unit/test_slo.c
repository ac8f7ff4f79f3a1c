/*
 * test_slo.c: objectives as they are typed: each metric with its unit, the
 * limits that make sense, and what is refused.
 */
#include "base/error.h"
#include "plan/slo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void each_metric_has_its_unit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct slo slo; /* without its text */
    } cases[] = {
        {"p50<1", {.metric = SLO_RESPONSE, .percent = 50, .limit = 1000}}, /* plain: seconds */
        {"p99.9<20ms", {.metric = SLO_RESPONSE, .percent = 99.9, .limit = 20}},
        {"p95<=500us", {.metric = SLO_RESPONSE, .percent = 95, .or_equal = true, .limit = 0.5}},
        {"small:p99<50ms", {.class = "small", .metric = SLO_RESPONSE, .percent = 99, .limit = 50}},
        {"mean<2ms", {.metric = SLO_MEAN, .percent = 99, .limit = 2}},
        {"a-b:max<1min", {.class = "a-b", .metric = SLO_MAX, .percent = 99, .limit = 60000}},
        {"interference<2", {.metric = SLO_INTERFERENCE, .percent = 99, .limit = 2}},
        {"interference.p50<1.5", {.metric = SLO_INTERFERENCE, .percent = 50, .limit = 1.5}},
        {"interference.p90<=1",
         {.metric = SLO_INTERFERENCE, .percent = 90, .or_equal = true, .limit = 1}},
        {"interference.p95<3", {.metric = SLO_INTERFERENCE, .percent = 95, .limit = 3}},
        {"collateral<10ms", {.metric = SLO_COLLATERAL, .percent = 99, .limit = 10}},
        {"collateral<0", {.metric = SLO_COLLATERAL, .percent = 99, .limit = 0}},
        {"errors<0.1%", {.metric = SLO_ERRORS, .percent = 99, .limit = 0.1}},
        {"errors<=0%", {.metric = SLO_ERRORS, .percent = 99, .or_equal = true, .limit = 0}},
        {"large:errors<100%",
         {.class = "large", .metric = SLO_ERRORS, .percent = 99, .limit = 100}},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct slo slo;
        if (slo_parse(cases[i].text, &slo))
            fail_msg("'%s' is refused", cases[i].text);
        assert_ptr_equal(slo.text, cases[i].text);
        assert_string_equal(slo.class, cases[i].slo.class);
        assert_int_equal(slo.metric, cases[i].slo.metric);
        assert_int_equal(slo.or_equal, cases[i].slo.or_equal);
        assert_true(slo.percent == cases[i].slo.percent);
        assert_true(slo.limit == cases[i].slo.limit);
    }
}

static void interference_is_of_the_percentiles_that_are_told(void **state)
{
    (void)state;
    double last = 0;
    for (size_t i = 0; i < INTERFERENCE_PERCENTS; i++) {
        char text[64];
        struct slo slo;
        snprintf(text, sizeof text, "interference.p%g<2", interference_percents[i]);
        assert_int_equal(slo_parse(text, &slo), 0);
        assert_true(slo.percent == interference_percents[i] && slo.percent > last);
        last = slo.percent;
    }
    assert_true(last == 99); /* which is what interference alone means */
}

/* What no measurement can keep is refused: nothing is below 0 but summed waiting. */
static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "p99",
        "p99<",
        "<1ms",
        "p99=1ms",
        "p99>1ms",
        "p99<-1ms",
        "p99<0",
        "p99<1 ms",
        "p99<1ms ",
        "p0<1ms",
        "p0.9<1ms",
        "p100<1ms",
        "p<1ms",
        "P99<1ms",
        "q99<1ms",
        "median<1ms",
        "mean<1%",
        "mean<0",
        "max<0ms",
        "interference<2x",
        "interference<2ms",
        "interference<0",
        "interference.p99.9<2",
        "interference.p42<2",
        "interference.<2",
        "interference.99<2",
        "errors<1",
        "errors<%",
        "errors<101%",
        "errors<-1%",
        "errors<0%",
        "collateral<5%",
        ":p99<1ms",
        "a:b:p99<1ms",
        "small:<1ms",
        "small p99<1ms",
        "a-name-of-more-than-31-characters:p99<1ms",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct slo slo;
        if (slo_parse(bad[i], &slo) != SLO_INVALID)
            fail_msg("'%s' is taken", bad[i]);
    }
    char longest[256] = "p99<";
    memset(longest + 4, '1', sizeof longest - 5);
    struct slo slo;
    assert_int_equal(slo_parse(longest, &slo), SLO_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_metric_has_its_unit),
        cmocka_unit_test(interference_is_of_the_percentiles_that_are_told),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
