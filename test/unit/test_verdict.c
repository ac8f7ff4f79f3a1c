/*
 * test_verdict.c: objectives against what was measured, for text, JSON and
 * exit code alike; and the list of all that is concluded from a result.
 */
#include "analysis/findings.h"
#include "analysis/verdict.h"
#include "base/clock.h"
#include "base/error.h"
#include "made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* 980 requests of 10 ms, 20 of 100 ms. */
static void make(struct made *made)
{
    made_init(made, "compare --rounds=1", 1);
    struct cell *small = made_small(made, 0);
    made_add_window(small, 0, false, 1000, 2, (const unsigned[]){980, 20},
                    (const double[]){10, 100});
}

/* Two requests more, of which it is only known that they would have taken longer. */
static void add_timeouts(struct made *made)
{
    struct cell *small = made_small(made, 0);
    small->stats.sent += 2;
    small->stats.planned += 2;
    small->stats.errors[OUTCOME_TIMEOUT] = 2;
}

static void each_metric_is_judged(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool known;
        bool passed;
        double value;
    } cases[] = {
        {"small:p90<11ms", true, true, 10},
        {"p90<10ms", true, false, 10},
        {"p90<=10ms", true, false, 10.0}, /* a slot's width above */
        {"p99<50ms", true, false, 100},
        {"p99<101ms", true, true, 100},
        {"mean<12ms", true, true, 11.8},
        {"mean<11.7ms", true, false, 11.8},
        {"max<100ms", true, false, 100},
        {"max<=100ms", true, true, 100},
        {"interference<2", true, true, 1.5},
        {"interference<1.5", true, false, 1.5},
        {"interference<=1.5", true, true, 1.5},
        {"interference.p50<1.1", true, true, 1},
        {"collateral<20ms", true, true, 19},
        {"collateral<0", true, false, 19},
        {"errors<0.1%", true, false, 200.0 / 1002}, /* from here on two have timed out */
        {"errors<0.2%", true, true, 200.0 / 1002},
        {"p90<11ms", true, true, 10},
        {"mean<1s", false, false, 0},
        {"max<1s", false, false, 0},
    };
    struct made made;
    make(&made);
    struct cell_findings found = {.cell = made_small(&made, 0)};
    found.interference.ratios[0] = (struct estimate){.known = true, .value = 1};
    found.interference.ratios[INTERFERENCE_PERCENTS - 1] =
        (struct estimate){.known = true, .value = 1.5};
    found.interference.collateral_ms = (struct estimate){.known = true, .value = 19};
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct slo slo;
        assert_int_equal(slo_parse(cases[i].text, &slo), 0);
        if (slo.metric == SLO_ERRORS && found.cell->stats.errors[OUTCOME_TIMEOUT] == 0)
            add_timeouts(&made);
        struct verdict verdict = verdict_of(&slo, &found);
        assert_ptr_equal(verdict.slo, &slo);
        assert_ptr_equal(verdict.cell, found.cell);
        if (verdict.known)
            assert_near(verdict.value, cases[i].value);
        if (verdict.known != cases[i].known || verdict.passed != cases[i].passed)
            fail_msg("%s", cases[i].text);
    }
    made_deinit(&made);
}

/* What cannot be told is not met, unless no request came near the limit. */
static void what_cannot_be_told_is_not_met(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool passed;
    } cases[] = {
        {"p99.9<50ms", false},         {"p99.9<1s", true},       {"interference<2", false},
        {"interference.p50<2", false}, {"collateral<1s", false},
    };
    struct made made;
    make(&made);
    struct cell_findings found = {.cell = made_small(&made, 0)};
    struct slo slo;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_int_equal(slo_parse(cases[i].text, &slo), 0);
        struct verdict verdict = verdict_of(&slo, &found);
        assert_false(verdict.known);
        assert_int_equal(verdict.passed, cases[i].passed);
    }
    static const char *const of_nothing[] = {"p50<1s", "mean<1s", "max<1s", "errors<1%"};
    found.cell = made_large(&made, 0); /* nothing was sent */
    for (size_t i = 0; i < ARRAY_LENGTH(of_nothing); i++) {
        assert_int_equal(slo_parse(of_nothing[i], &slo), 0);
        struct verdict verdict = verdict_of(&slo, &found);
        assert_false(verdict.known || verdict.passed);
    }
    made_deinit(&made);
}

static void an_objective_speaks_of_its_class(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool small;
        bool large;
    } cases[] = {
        {"p99<1s", true, true},
        {"small:p99<1s", true, false},
        {"large:p99<1s", false, true},
        {"interference<2", true, false}, /* large ones are what interferes */
        {"collateral<1s", true, false},
        {"large:interference<2", false, false},
    };
    struct made made;
    struct slo slo;
    make(&made);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_int_equal(slo_parse(cases[i].text, &slo), 0);
        assert_int_equal(verdict_concerns(&slo, made_small(&made, 0)), cases[i].small);
        assert_int_equal(verdict_concerns(&slo, made_large(&made, 0)), cases[i].large);
    }
    made_deinit(&made);
}

static void everything_is_concluded_once(void **state)
{
    (void)state;
    struct made made;
    struct findings findings;
    made_init(&made, "compare --rounds=1 --slo=small:p50<50ms --slo=max<50ms", 2);
    for (size_t i = 0; i < 2; i++) {
        double small = i ? 60 : 10;
        made_add_window(made_small(&made, i), 0, true, 500, 1, (const unsigned[]){100},
                        (const double[]){10});
        made_add_window(made_small(&made, i), 0, false, 1000, 1, (const unsigned[]){100}, &small);
        made_add_window(made_large(&made, i), 0, false, 1000, 1, (const unsigned[]){3},
                        (const double[]){40});
    }
    assert_int_equal(findings_make(&findings, &made.result), 0);
    assert_ptr_equal(findings.result, &made.result);
    assert_true(findings.trustworthy);
    for (size_t i = 0; i < 4; i++)
        assert_ptr_equal(findings.cells[i].cell, &made.result.cells[i]);
    assert_near(findings.cells[0].interference.ratios[0].value, 1);
    assert_near(findings.cells[2].interference.ratios[0].value, 6);
    assert_int_equal(findings.cost_count, 0);
    static const struct {
        size_t slo;
        size_t cell;
        bool passed;
    } expected[] = {{0, 0, true}, {0, 2, false}, {1, 0, true},
                    {1, 1, true}, {1, 2, false}, {1, 3, true}};
    assert_int_equal(findings.verdict_count, ARRAY_LENGTH(expected));
    for (size_t i = 0; i < ARRAY_LENGTH(expected); i++) {
        assert_ptr_equal(findings.verdicts[i].slo, &made.options.slos[expected[i].slo]);
        assert_ptr_equal(findings.verdicts[i].cell, &made.result.cells[expected[i].cell]);
        assert_int_equal(findings.verdicts[i].passed, expected[i].passed);
    }
    findings_deinit(&findings);
    findings_deinit(&findings);

    histogram_record_n(&made_small(&made, 1)->stats.send_lag, 90 * NS_PER_MS, 1000);
    assert_int_equal(findings_make(&findings, &made.result), 0);
    assert_false(findings.trustworthy);
    assert_true(findings.cells[2].audit.late && !findings.cells[0].audit.late);
    findings_deinit(&findings);
    made_deinit(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_metric_is_judged),
        cmocka_unit_test(what_cannot_be_told_is_not_met),
        cmocka_unit_test(an_objective_speaks_of_its_class),
        cmocka_unit_test(everything_is_concluded_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
