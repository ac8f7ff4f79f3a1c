/*
 * test_findings.c: what is concluded from windows: intervals of percentiles,
 * and the client's audit.
 */
#include "analysis/audit.h"
#include "analysis/findings.h"
#include "analysis/percentile.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "made.h"
#include "measure/result.h"
#include "report/audit_text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void ten_samples_must_lie_beyond(void **state)
{
    (void)state;
    assert_true(percentile_is_known(20, 50) && !percentile_is_known(19, 50));
    assert_true(percentile_is_known(100, 90) && !percentile_is_known(99, 90));
    assert_true(percentile_is_known(200, 95) && !percentile_is_known(199, 95));
    assert_true(percentile_is_known(1000, 99) && !percentile_is_known(999, 99));
    assert_false(percentile_is_known(0, 50));
}

/* Ranks of Hahn and Meeker, Statistical Intervals, and of exact binomial sums. */
static void ranks_are_those_of_the_binomial(void **state)
{
    (void)state;
    static const struct {
        uint64_t count;
        double percent;
        struct percentile_ranks ranks;
    } cases[] = {
        {10, 50, {2, 9}},
        {20, 50, {6, 15}},
        {100, 50, {40, 61}},
        {100, 90, {84, 96}},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct percentile_ranks ranks;
        assert_true(percentile_ranks(cases[i].count, cases[i].percent, &ranks));
        assert_int_equal(ranks.low, cases[i].ranks.low);
        assert_int_equal(ranks.high, cases[i].ranks.high);
    }
    struct percentile_ranks none;
    assert_false(percentile_ranks(5, 50, &none));
    assert_false(percentile_ranks(100, 99, &none));
    assert_true(percentile_ranks(600000, 99, &none));
    assert_in_range(none.low, 593840, 593860); /* 594000 - 1.96 * 77.1 */
    assert_in_range(none.high, 594140, 594160);
}

/* Of 400 samples of 300 uniform numbers the true p90 is missed by about 5 %. */
static void the_interval_holds_the_truth(void **state)
{
    (void)state;
    uint64_t random = 7;
    int missed = 0;
    for (int round = 0; round < 400; round++) {
        CLEANUP(histogram_deinit)
        struct histogram histogram;
        assert_int_equal(histogram_init_latency(&histogram), 0);
        for (int i = 0; i < 300; i++)
            histogram_record(&histogram, (int64_t)(random_unit(&random) * 1e9));
        struct percentile found = percentile_of(percentile_plain(&histogram), 90);
        assert_true(found.known && found.bounded);
        missed += found.low > 900000000 || found.high < 900000000;
    }
    assert_in_range(missed, 2, 30);
}

/*
 * The requests of three rounds, whose times are 10 us, 20 us and so on to 30 ms. Of 15 short ones
 * in a row the first `least` are round 0's, the next up to `most` round 1's; of long ones, round
 * 2's.
 */
static void make_rounds(struct made *made, unsigned least, unsigned most)
{
    unsigned counts[1000];
    double ms[1000];
    made_init(made, "compare --rounds=3", 1);
    for (unsigned round = 0; round < 3; round++) {
        size_t kinds = 0;
        for (unsigned k = 0; k < 3000; k++) {
            unsigned owner = k % 15 < least ? 0 : k % 15 < most ? 1 : 2;
            if (owner != (k < 1500 ? round : 2 - round))
                continue;
            assert_in_range(kinds, 0, ARRAY_LENGTH(ms) - 1);
            counts[kinds] = 1;
            ms[kinds++] = (k + 1) / 100.0;
        }
        made_add_window(made_small(made, 0), round, false, 1000, kinds, counts, ms);
    }
}

/*
 * Of 1,000 requests each 400, 500 and 600 are at or below the common median. The standard error of
 * the share is sqrt(20,000 x 3/2) / 3,000 = 0.0577, of its log-odds 0.231, times Student's 4.303
 * for two degrees of freedom 0.994: ranks 3,000 / (1 + e^0.994) = 811 and 2,190. The rounds' own
 * medians are 17.53, 14.94 and 12.56 ms: the standard error of the mean of their logarithms is
 * 0.0963, a factor of e^(4.303 x 0.0963) = 1.513, which reaches further up: 22.70 ms.
 */
static void what_differs_between_rounds_widens_the_interval(void **state)
{
    (void)state;
    struct made made;
    make_rounds(&made, 4, 9);
    const struct cell *cell = made_small(&made, 0);
    struct percentile apart = percentile_of(percentile_response(&cell->stats), 50);
    struct percentile found = percentile_of(percentile_response_of(cell, false), 50);
    assert_near((double)found.ns / 1e6, 15);
    assert_near((double)found.low / 1e6, 8.11);
    assert_near((double)found.high / 1e6, 22.70);
    assert_true(apart.bounded && apart.low > made_ns(14.4) && apart.high < made_ns(15.6));
    made_deinit(&made);
}

/* Where rounds are alike, the interval is that of independent requests, and never less. */
static void rounds_that_are_alike_leave_it(void **state)
{
    (void)state;
    struct made made;
    make_rounds(&made, 5, 10);
    const struct cell *cell = made_small(&made, 0);
    struct percentile apart = percentile_of(percentile_response(&cell->stats), 50);
    struct percentile found = percentile_of(percentile_response_of(cell, false), 50);
    assert_int_equal(found.low, apart.low);
    assert_int_equal(found.high, apart.high);
    struct percentile sent = percentile_of(percentile_service_of(cell, false), 50);
    assert_int_equal(sent.low, apart.low); /* they were sent when they were planned */
    made_deinit(&made);
}

/* Its five requests count as five, and their median not as that of a round. */
static void a_round_that_was_cut_short_does_not_widen_it(void **state)
{
    (void)state;
    struct made made;
    make_rounds(&made, 5, 10);
    struct cell *cell = made_small(&made, 0);
    made_add_window(cell, 3, false, 50, 1, (const unsigned[]){5}, (const double[]){29});
    struct percentile apart = percentile_of(percentile_response(&cell->stats), 50);
    struct percentile found = percentile_of(percentile_response_of(cell, false), 50);
    assert_true(apart.bounded && found.bounded);
    assert_in_range(found.low, apart.low * 98 / 100, apart.low);
    assert_in_range(found.high, apart.high, apart.high * 102 / 100);
    made_deinit(&made);
}

static struct audit audit_beside(double machine_ms, uint64_t planned, uint64_t sent, double lag_ms,
                                 double median_ms)
{
    struct class_stats stats;
    assert_int_equal(class_stats_init(&stats), 0);
    stats.planned = planned;
    stats.sent = sent;
    histogram_record_n(&stats.send_lag, (int64_t)(lag_ms * 1e6), sent);
    histogram_record_n(&stats.machine_lag, (int64_t)(machine_ms * 1e6), 1000);
    struct audit audit = audit_stats(&stats, median_ms);
    class_stats_deinit(&stats);
    return audit;
}

static struct audit audit_of(uint64_t planned, uint64_t sent, double lag_ms, double median_ms)
{
    return audit_beside(0.05, planned, sent, lag_ms, median_ms);
}

static void the_machines_own_lateness_is_allowed_for(void **state)
{
    (void)state;
    assert_true(audit_beside(0.05, 1000, 1000, 5.8, 45).late == true);
    assert_true(audit_beside(1.6, 1000, 1000, 5.8, 45).late == false);
    assert_true(audit_beside(0.6, 1000, 1000, 0.5, 0.3).over_share == true);
    assert_true(audit_beside(0.6, 1000, 1000, 0.5, 10).over_share == false);
    assert_true(audit_beside(50, 1000, 1000, 6.4, 45).late == false);
    assert_true(audit_beside(50, 1000, 1000, 6.6, 45).late == true); /* never more than 2 ms */
}

static void the_client_judges_itself(void **state)
{
    (void)state;
    assert_true(audit_of(1000, 1000, 0.07, 0.3).late == false);
    assert_true(audit_of(1000, 1000, 4.9, 0.3).late == false); /* the response times hold it */
    assert_true(audit_of(1000, 1000, 4.9, 0.3).over_share == true);
    assert_true(audit_of(1000, 1000, 5.1, 0.3).late == true);
    assert_true(audit_of(1000, 1000, 9, 100).late == false);
    assert_true(audit_of(1000, 1000, 11, 100).late == true);
    assert_true(audit_of(0, 0, 0, 0).late == false);
}

static struct audit audit_of_reads(double lag_ms, double median_ms)
{
    struct class_stats stats;
    assert_int_equal(class_stats_init(&stats), 0);
    stats.planned = stats.sent = 1000;
    histogram_record_n(&stats.read_lag, (int64_t)(lag_ms * 1e6), 1000);
    struct audit audit = audit_stats(&stats, median_ms);
    class_stats_deinit(&stats);
    return audit;
}

static void replies_that_were_read_late_count_as_well(void **state)
{
    (void)state;
    assert_true(audit_of_reads(4.9, 0.3).late == false);
    assert_true(audit_of_reads(4.9, 0.3).over_share == true);
    assert_true(audit_of_reads(5.1, 0.3).late == true);
    assert_true(audit_of_reads(9, 100).late == false);
}

/* What would help is known from what held the requests up. */
static void assert_remedy(struct audit audit, unsigned connections, double machine_ms,
                          const char *told)
{
    struct traffic_class class = {.name = "a", .connections = connections};
    struct cell cell = {.class = &class, .endpoint = "/nowhere"};
    struct cell_findings found = {.cell = &cell, .audit = audit};
    struct result result = {.cells = &cell, .cell_count = 1, .machine = {.lag_p99_ms = machine_ms}};
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    audit_text(&(struct findings){.result = &result, .cells = &found}, &text);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_non_null(strstr(text.data, told));
    assert_ptr_equal(strstr(text.data, "raise"),
                     strstr(told, "raise") ? strstr(text.data, told) + 2 : NULL);
}

static void the_remedy_fits_the_cause(void **state)
{
    (void)state;
    struct audit late = audit_of(1000, 1000, 9, 0.3);
    assert_remedy(late, 0, 0.1, ": lower the rate, or use a machine with more processors");
    assert_remedy(late, 5, 3, ": use a quieter machine: it was late before the load began");
    late.busy_share = 0.97;
    assert_remedy(late, 5, 3, ": the client had no time left: lower the rate");
    late.waits = 7;
    late.connections_most = 5;
    assert_remedy(late, 5, 3, ": raise conns= or lower the rate");
    assert_remedy(late, 0, 3, ": raise the limit of open files (ulimit -n)");
    assert_remedy(audit_of_reads(9, 0.3), 0, 0, "its replies were read late, by 9.0");
}

static void what_is_told_without_a_good_reply(void **state)
{
    (void)state;
    struct traffic_class class = {.name = "a"};
    struct cell cell = {.class = &class, .endpoint = "/nowhere"};
    struct cell_findings found = {.cell = &cell, .audit = audit_of(90, 90, 9, 0)};
    struct result result = {.cells = &cell, .cell_count = 1};
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    audit_text(&(struct findings){.result = &result, .cells = &found}, &text);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_non_null(strstr(text.data, "class a on its plan (/nowhere): "));
    assert_non_null(strstr(text.data, "which is over 5 ms"));
    assert_null(strstr(text.data, "median"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_samples_must_lie_beyond),
        cmocka_unit_test(ranks_are_those_of_the_binomial),
        cmocka_unit_test(the_interval_holds_the_truth),
        cmocka_unit_test(what_differs_between_rounds_widens_the_interval),
        cmocka_unit_test(rounds_that_are_alike_leave_it),
        cmocka_unit_test(a_round_that_was_cut_short_does_not_widen_it),
        cmocka_unit_test(the_client_judges_itself),
        cmocka_unit_test(the_machines_own_lateness_is_allowed_for),
        cmocka_unit_test(replies_that_were_read_late_count_as_well),
        cmocka_unit_test(the_remedy_fits_the_cause),
        cmocka_unit_test(what_is_told_without_a_good_reply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
