/*
 * test_censored.c: requests without a good reply: how they are recorded, what
 * they leave of a percentile, and that no objective is met by losing them.
 */
#include "analysis/findings.h"
#include "analysis/percentile.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "measure/result.h"
#include "plan/slo.h"
#include "report/audit_text.h"
#include "report/json_findings.h"
#include "report/json_histograms.h"
#include "report/ms.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void answer(struct class_stats *stats, double ms, unsigned count)
{
    struct outcome outcome = {.kind = OUTCOME_OK, .end_ns = (int64_t)(ms * (double)NS_PER_MS)};
    for (unsigned i = 0; i < count; i++)
        class_stats_record(stats, 0, &outcome);
    stats->planned += count;
}

static void time_out(struct class_stats *stats, double ms, unsigned count)
{
    struct outcome outcome = {
        .kind = OUTCOME_TIMEOUT, .sent_ns = NS_PER_MS, .end_ns = (int64_t)(ms * (double)NS_PER_MS)};
    for (unsigned i = 0; i < count; i++)
        class_stats_record(stats, 0, &outcome);
    stats->planned += count;
}

static void leave(struct class_stats *stats, double ms, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        class_stats_record_unsent(stats, 0, (int64_t)(ms * (double)NS_PER_MS));
    stats->planned += count;
}

static struct percentile response(const struct class_stats *stats, double percent)
{
    return percentile_of(percentile_response(stats), percent);
}

static void assert_near(const struct percentile *found, double ms)
{
    assert_true(fabs((double)found->ns / (double)NS_PER_MS - ms) < ms * 0.002);
}

/* What is known counts from the plan: of an error to its end, of an unsent one to the window's. */
static void the_wait_is_from_the_plan(void **state)
{
    (void)state;
    CLEANUP(class_stats_deinit)
    struct class_stats stats;
    assert_int_equal(class_stats_init(&stats), 0);
    time_out(&stats, 500, 1);
    leave(&stats, 70, 1);
    assert_int_equal(class_stats_censored(&stats), 2);
    assert_int_equal(stats.censored.min, 70 * NS_PER_MS);
    assert_int_equal(stats.censored.max, 500 * NS_PER_MS);
    assert_int_equal(stats.response.total, 0);
    assert_int_equal(stats.sent, 1);
}

/* --timeout=0.5 on a server whose p99 is a second: 3 % are cut off there. */
static void a_time_out_does_not_make_a_server_fast(void **state)
{
    (void)state;
    CLEANUP(class_stats_deinit)
    struct class_stats stats;
    assert_int_equal(class_stats_init(&stats), 0);
    answer(&stats, 0.7, 970);
    time_out(&stats, 500, 30);
    struct percentile p95 = response(&stats, 95);
    struct percentile p99 = response(&stats, 99);
    assert_true(p95.known && !p95.at_least && !p95.censored);
    assert_near(&p95, 0.7);
    assert_true(!p99.known && p99.at_least && p99.censored && !p99.bounded);
    assert_near(&p99, 500);
    assert_string_equal(ms_text_percentile(&p95).text, "0.700");
    assert_string_equal(ms_text_percentile(&p99).text, ">= 500");
}

/* Just (100 - p) % of them leave the percentile to the slowest reply; one more does not. */
static void the_share_is_kept_to_the_request(void **state)
{
    (void)state;
    for (unsigned lost = 10; lost <= 11; lost++) {
        CLEANUP(class_stats_deinit)
        struct class_stats stats;
        assert_int_equal(class_stats_init(&stats), 0);
        answer(&stats, 1, 999 - lost);
        answer(&stats, 8, 1);
        time_out(&stats, 2, lost);
        struct percentile p99 = response(&stats, 99);
        assert_int_equal(p99.known, lost == 10);
        assert_int_equal(p99.at_least, lost == 11);
        assert_near(&p99, 8); /* at least as slow as the slowest reply, which it ranks after */
    }
}

/* They rank after the replies in the order of what is known of them. */
static void the_least_is_that_of_the_rank(void **state)
{
    (void)state;
    CLEANUP(class_stats_deinit)
    struct class_stats stats;
    assert_int_equal(class_stats_init(&stats), 0);
    answer(&stats, 1, 500);
    leave(&stats, 20, 400);
    time_out(&stats, 300, 100);
    struct percentile p50 = response(&stats, 50);
    struct percentile p90 = response(&stats, 90);
    struct percentile p95 = response(&stats, 95);
    assert_true(p50.known && p90.at_least && p95.at_least);
    assert_true(!p50.bounded); /* the interval's upper end is no reply's */
    assert_near(&p50, 1);
    assert_near(&p90, 20);
    assert_near(&p95, 300);
}

static void nothing_answered_is_at_least_something(void **state)
{
    (void)state;
    CLEANUP(class_stats_deinit)
    struct class_stats stats;
    assert_int_equal(class_stats_init(&stats), 0);
    assert_string_equal(ms_text_percentile(&(struct percentile){0}).text, "-");
    time_out(&stats, 100, 20);
    struct percentile p99 = response(&stats, 99); /* 20 samples tell no p99, but that all failed */
    assert_true(p99.at_least);
    assert_near(&p99, 100);
    answer(&stats, 1, 20);
    assert_true(!response(&stats, 50).at_least && response(&stats, 50).known);
    assert_true(response(&stats, 95).at_least);
}

/* Whatever the latencies, "at least" holds: a time-out cuts them off and the truth is above. */
static void the_least_is_never_too_much(void **state)
{
    (void)state;
    uint64_t random = 5;
    for (int run = 0; run < 200; run++) {
        CLEANUP(class_stats_deinit)
        struct class_stats stats;
        CLEANUP(histogram_deinit)
        struct histogram truth;
        assert_int_equal(class_stats_init(&stats), 0);
        assert_int_equal(histogram_init_latency(&truth), 0);
        double limit = 1 + 30 * random_unit(&random);
        for (int i = 0; i < 1000; i++) {
            double ms = 1 / (random_unit(&random) + 0.001);
            histogram_record(&truth, (int64_t)(ms * (double)NS_PER_MS));
            if (ms < limit)
                answer(&stats, ms, 1);
            else
                time_out(&stats, limit, 1);
        }
        for (double percent = 50; percent < 100; percent += 9.8) {
            struct percentile told = response(&stats, percent);
            double whole = (double)histogram_percentile(&truth, percent);
            assert_true(told.known || told.at_least);
            assert_true((double)told.ns <= whole * 1.001);
            assert_true(told.at_least || (double)told.ns >= whole * 0.999);
        }
    }
}

/* An older result counts them but holds no waits; then the replies' maximum is what is known. */
static void a_result_without_waits_is_read(void **state)
{
    (void)state;
    CLEANUP(class_stats_deinit)
    struct class_stats stats;
    CLEANUP(class_stats_deinit)
    struct class_stats read;
    assert_int_equal(class_stats_init(&stats), 0);
    assert_int_equal(class_stats_init(&read), 0);
    answer(&stats, 3, 500);
    time_out(&stats, 90, 500);
    json_t *object = json_object();
    assert_int_equal(json_histograms_set(object, &stats), 0);
    struct json_fault fault = {0};
    struct json_in in = {.json = object, .fault = &fault};
    json_histograms_read(&in, &read);
    assert_int_equal(fault.error, 0);
    assert_int_equal(read.censored.total, 500);
    assert_int_equal(read.censored.max, 90 * NS_PER_MS);
    class_stats_deinit(&read);
    assert_int_equal(class_stats_init(&read), 0);
    json_object_del(json_object_get(object, "histograms"), "censored");
    json_histograms_read(&in, &read);
    assert_int_equal(fault.error, 0);
    read.planned = 1000;
    read.ok = 500;
    struct percentile p99 = response(&read, 99);
    assert_true(p99.at_least);
    assert_near(&p99, 3);
    json_decref(object);
}

static void the_json_says_at_least(void **state)
{
    (void)state;
    CLEANUP(class_stats_deinit)
    struct class_stats stats;
    assert_int_equal(class_stats_init(&stats), 0);
    answer(&stats, 3, 500);
    time_out(&stats, 90, 500);
    json_t *figures = json_findings_figures(percentile_response(&stats));
    assert_true(json_is_null(json_object_get(figures, "p99")));
    assert_true(json_is_null(json_object_get(figures, "p99_ci")));
    assert_true(json_real_value(json_object_get(figures, "p99_at_least")) > 89);
    assert_true(json_is_real(json_object_get(figures, "p50")));
    assert_null(json_object_get(figures, "p50_at_least"));
    assert_true(json_is_null(json_object_get(figures, "p99.9")));      /* too few samples */
    assert_true(json_real_value(json_object_get(figures, "max")) < 4); /* of replies */
    json_decref(figures);
}

static struct verdict judge(const struct cell_findings *found, const char *text)
{
    static struct slo slo;
    assert_int_equal(slo_parse(text, &slo), 0);
    return verdict_of(&slo, found);
}

static void no_objective_is_met_by_losing_requests(void **state)
{
    (void)state;
    struct traffic_class class = {.name = "small"};
    struct cell cell = {.class = &class, .endpoint = "/ping"};
    struct cell_findings found = {.cell = &cell};
    assert_int_equal(class_stats_init(&cell.stats), 0);
    answer(&cell.stats, 1, 1000);
    time_out(&cell.stats, 2, 1000); /* half of the connections are dropped at once */
    static const char *const all[] = {"p90<50ms", "p99<50ms", "p99.9<50ms", "mean<50ms",
                                      "max<50ms"};
    for (size_t i = 0; i < ARRAY_LENGTH(all); i++) {
        struct verdict verdict = judge(&found, all[i]);
        assert_false(verdict.passed);
        assert_false(verdict.known);
        assert_true(verdict.at_least && verdict.value < 3);
    }
    assert_true(judge(&found, "p50<50ms").passed);
    assert_false(judge(&found, "p99<1ms").passed); /* and surely not */
    found.interference.collateral_ms = (struct estimate){.known = true, .value = 1};
    assert_false(judge(&found, "collateral<50ms").passed);
    struct verdict verdict = judge(&found, "p99<50ms");
    struct result result = {.cells = &cell, .cell_count = 1};
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    audit_text(
        &(struct findings){
            .result = &result, .cells = &found, .verdicts = &verdict, .verdict_count = 1},
        &text);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_string_equal(text.data, "SLO p99<50ms FAILED: /ping small: cannot be told, >= 2.00 ms: "
                                   "1000 of 2000 requests were left without a good reply\n");
    class_stats_deinit(&cell.stats);
}

/* Unsent requests are told by the percentiles; only lateness makes a run untrustworthy. */
static void unsent_requests_are_no_lateness(void **state)
{
    (void)state;
    CLEANUP(class_stats_deinit)
    struct class_stats stats;
    assert_int_equal(class_stats_init(&stats), 0);
    answer(&stats, 1, 500);
    leave(&stats, 400, 500);
    struct audit audit = audit_stats(&stats, 1);
    assert_true(audit_is_good(&audit));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wait_is_from_the_plan),
        cmocka_unit_test(a_time_out_does_not_make_a_server_fast),
        cmocka_unit_test(the_share_is_kept_to_the_request),
        cmocka_unit_test(the_least_is_that_of_the_rank),
        cmocka_unit_test(nothing_answered_is_at_least_something),
        cmocka_unit_test(the_least_is_never_too_much),
        cmocka_unit_test(a_result_without_waits_is_read),
        cmocka_unit_test(the_json_says_at_least),
        cmocka_unit_test(no_objective_is_met_by_losing_requests),
        cmocka_unit_test(unsent_requests_are_no_lateness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
