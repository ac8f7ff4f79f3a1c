/*
 * test_attribution.c: which large request delayed which small ones, and what
 * theory predicts: the pure parts.
 */
#include "analysis/blame.h"
#include "analysis/prediction.h"
#include "analysis/replay.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "send/timing.h"
#include "send/trace.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void waits_are_blamed_on_holds(void **state)
{
    (void)state;
    static const struct blame_hold holds[] = {{100, 200}, {300, 500}, {600, 650}};
    static const struct {
        struct blame_wait wait;
        struct blame blame;
    } cases[] = {
        {{0, 90, 80}, {3, 0, 0}},         /* before all */
        {{150, 210, 55}, {0, 50, 50}},    /* the rest of one hold */
        {{150, 210, 40}, {0, 40, 40}},    /* never more than the excess */
        {{150, 640, 400}, {1, 200, 290}}, /* three holds, the second is the worst */
        {{320, 330, 10}, {1, 10, 10}},    /* within a hold */
        {{700, 900, 150}, {3, 0, 0}},     /* after all */
        {{200, 300, 100}, {3, 0, 0}},     /* between: edges do not count */
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct blame blame = blame_assign(&cases[i].wait, holds, ARRAY_LENGTH(holds));
        assert_int_equal(blame.worst, cases[i].blame.worst);
        assert_int_equal(blame.worst_ns, cases[i].blame.worst_ns);
        assert_int_equal(blame.blamed_ns, cases[i].blame.blamed_ns);
    }
}

static void no_time_is_blamed_twice(void **state)
{
    (void)state;
    static const struct blame_hold holds[] = {{0, 100}, {50, 120}, {60, 130}};
    const struct blame_wait wait = {10, 200, 190};
    struct blame blame = blame_assign(&wait, holds, ARRAY_LENGTH(holds));
    assert_int_equal(blame.blamed_ns, 120); /* 10 to 130 */
    assert_int_equal(blame.worst, 0);
    blame = blame_assign(&wait, holds, 0);
    assert_int_equal(blame.blamed_ns, 0);
}

static void periodic_waits_are_uniform(void **state)
{
    (void)state;
    /* 300 ms of every 1000: p90 = 200, p95 = 250, p99 = 290. */
    assert_true(fabs(prediction_periodic_wait(300, 1000, 0.70)) < 1e-9);
    assert_true(fabs(prediction_periodic_wait(300, 1000, 0.90) - 200) < 1e-9);
    assert_true(fabs(prediction_periodic_wait(300, 1000, 0.95) - 250) < 1e-9);
    assert_true(fabs(prediction_periodic_wait(300, 1000, 0.99) - 290) < 1e-9);
    const struct prediction_input input = {300, 90000, 1000, false, 1};
    struct prediction prediction = prediction_make(&input);
    assert_true(fabs(prediction.mean - 46) < 1e-9); /* S^2 / 2T, and 1 of its own */
    assert_true(fabs(prediction.p50 - 1) < 1e-9 && fabs(prediction.p99 - 291) < 1e-9);
    const struct prediction_input over = {1000, 1e6, 900, false, 1};
    assert_true(prediction_make(&over).overloaded);
}

/* The wait of M/D/1 against a simulation of its workload, and against Pollaczek-Khinchine. */
static void poisson_waits_are_those_of_md1(void **state)
{
    (void)state;
    enum { PROBES = 2000000 };
    static unsigned bins[4000]; /* tenths of ms */
    uint64_t random = 11;
    double workload = 0;
    double sum = 0;
    double next = -log(random_unit(&random)) * 50; /* one hold of 20 ms every 50 ms */
    double now = 0;
    memset(bins, 0, sizeof bins);
    for (int i = 0; i < PROBES; i++) {
        double probe = now + 1;
        while (next < probe) {
            workload = fmax(0, workload - (next - now)) + 20;
            now = next;
            next -= log(random_unit(&random)) * 50;
        }
        workload = fmax(0, workload - (probe - now));
        now = probe;
        sum += workload;
        bins[(int)fmin(workload * 10, 3999)]++;
    }
    const struct prediction_input input = {20, 400, 50, true, 0};
    struct prediction prediction = prediction_make(&input);
    assert_true(fabs(prediction.mean - 400.0 / (2 * 50) / (1 - 0.4)) < 1e-9);
    assert_true(fabs(sum / PROBES / prediction.mean - 1) < 0.03);
    static const double wanted[] = {0.90, 0.99};
    for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++) {
        unsigned seen = 0;
        int bin = -1;
        while (seen < wanted[i] * PROBES)
            seen += bins[++bin];
        double predicted = prediction_poisson_wait(20, 50, wanted[i]);
        assert_true(fabs(predicted / (bin / 10.0) - 1) < 0.03);
    }
    assert_true(prediction_poisson_wait(20, 50, 0.5) == 0); /* 60 % find the loop free */
    double far = prediction_poisson_wait(20, 22, 0.9999);
    assert_true(far > 12 * 20 && far < 2000); /* beyond the exact terms */
}

static void a_run_of_whole_periods_spreads_nothing(void **state)
{
    (void)state;
    static const double holds[] = {300};
    static const double windows[] = {3000, 2000};
    static const double wanted[] = {0.5, 0.9, 0.99};
    struct replay replay = {REPLAY_PERIODIC, 1000, holds, 1, windows, 2, false};
    struct replay_range ranges[3];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(replay_run(&replay, wanted, 3, ranges), 0);
        for (size_t s = 0; s < 3; s++) {
            double truth = prediction_periodic_wait(300, 1000, wanted[s]);
            assert_true(fabs(ranges[s].low - truth) < 0.1 && fabs(ranges[s].high - truth) < 0.1);
        }
        replay.arrival = REPLAY_AFTER_REPLY; /* the pause is 700 */
    }
}

/* A window that of 1.4 periods has two holds, not 1.4. */
static void a_window_begins_with_a_large_request(void **state)
{
    (void)state;
    static const double holds[] = {300};
    static const double windows[] = {1400};
    static const double wanted[] = {0.9};
    const struct replay replay = {REPLAY_PERIODIC, 1000, holds, 1, windows, 1, false};
    struct replay_range range;
    assert_int_equal(replay_run(&replay, wanted, 1, &range), 0);
    assert_true(fabs(range.low - (300 - 0.1 * 1400 / 2)) < 0.1);
    assert_true(fabs(range.high - range.low) < 0.1);
}

/* A window of 1.3 periods that begins at any moment has one hold, or two, or the end of a third. */
static void a_window_may_begin_at_any_moment(void **state)
{
    (void)state;
    static const double holds[] = {300};
    static const double whole[] = {2000};
    static const double wanted[] = {0.9};
    struct replay replay = {REPLAY_PERIODIC, 1000, holds, 1, whole, 1, true};
    struct replay_range range;
    assert_int_equal(replay_run(&replay, wanted, 1, &range), 0);
    assert_true(fabs(range.low - 200) < 0.1 && fabs(range.high - 200) < 0.1); /* whole periods */
    static const double part[] = {1300};
    replay.windows = part;
    assert_int_equal(replay_run(&replay, wanted, 1, &range), 0);
    assert_true(fabs(range.low - (300 - 130)) < 1.5);        /* one hold */
    assert_true(fabs(range.high - (300 - 130 / 2.0)) < 1.5); /* two */
    assert_true(range.low <= range.middle && range.middle <= range.high);
}

/* The wait of nine in ten requests in one run of Poisson arrivals: holds of 20 every 50. */
static double poisson_p90(uint64_t *random, double length)
{
    enum { BINS = 4000 };
    unsigned bins[BINS] = {0}; /* tenths of ms */
    double workload = 0;
    double next = -log(random_unit(random)) * 50;
    unsigned probes = 0;
    for (double now = 0; now < length; now += 0.1, probes++) {
        workload = fmax(0, workload - 0.1);
        for (; next <= now; next -= log(random_unit(random)) * 50)
            workload += 20;
        bins[(int)fmin(workload * 10, BINS - 1)]++;
    }
    int bin = -1;
    for (unsigned seen = 0; seen < 0.9 * probes;)
        seen += bins[++bin];
    return bin / 10.0;
}

static void few_large_requests_spread_as_the_replay_says(void **state)
{
    (void)state;
    static const double holds[] = {20};
    static const double wanted[] = {0.9};
    static const double lengths[] = {1000, 100000};
    double truth = prediction_poisson_wait(20, 50, 0.9);
    double widths[2];
    for (size_t l = 0; l < 2; l++) {
        const struct replay replay = {REPLAY_POISSON, 50, holds, 1, &lengths[l], 1, false};
        struct replay_range range;
        assert_int_equal(replay_run(&replay, wanted, 1, &range), 0);
        assert_true(range.low < truth && truth < range.high);
        widths[l] = (range.high - range.low) / truth;
    }
    assert_true(widths[0] > 0.5 && widths[1] < 0.3);
    uint64_t random = 3;
    int outside = 0;
    const struct replay replay = {REPLAY_POISSON, 50, holds, 1, lengths, 1, false};
    struct replay_range range;
    assert_int_equal(replay_run(&replay, wanted, 1, &range), 0);
    for (int run = 0; run < 400; run++) {
        double measured = poisson_p90(&random, lengths[0]);
        outside += measured < range.low - 0.2 || measured > range.high + 0.2;
    }
    assert_in_range(outside, 4, 40); /* 20 of 400 are expected */
}

static void server_timing_is_read(void **state)
{
    (void)state;
    static const char line[] = "server-timing: read;dur=10.5, queue;dur=1, parse;desc=\"x\";dur=2, "
                               "total;dur=20.25\r\n";
    static const char *const foreign[] = {
        "Content-Type: x\r\n",      "Server-Timing: cache;dur=1\r\n",
        "Server-Timing:\r\n",       "Server-Timing: total;dur=x\r\n",
        "Server-Timing: total\r\n", ""};
    struct server_timing timing = {0};
    assert_true(timing_parse(line, sizeof line - 1, &timing));
    assert_int_equal(timing.total_ns, 20250000);
    assert_int_equal(timing.hold_ns, 8750000);
    for (size_t i = 0; i < ARRAY_LENGTH(foreign); i++)
        assert_false(timing_parse(foreign[i], strlen(foreign[i]), &timing));
}

static void the_slowest_are_kept(void **state)
{
    (void)state;
    struct trace trace;
    assert_int_equal(trace_init(&trace, 50), 0);
    for (int64_t i = 0; i < 5000; i++) {
        int64_t slowness = (i * 7919) % 5000;
        const struct outcome outcome = {.kind = OUTCOME_OK, .end_ns = i + slowness};
        trace_add(&trace, (uint64_t)i, i, &outcome);
    }
    assert_int_equal(trace.count, 50);
    trace_sort(&trace);
    for (size_t i = 0; i < trace.count; i++) {
        assert_true(trace.rows[i].end_ns - trace.rows[i].planned_ns >= 4950);
        assert_true(i == 0 || trace.rows[i].end_ns >= trace.rows[i - 1].end_ns);
    }
    trace_deinit(&trace);
    trace_deinit(&trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_are_blamed_on_holds),
        cmocka_unit_test(no_time_is_blamed_twice),
        cmocka_unit_test(periodic_waits_are_uniform),
        cmocka_unit_test(poisson_waits_are_those_of_md1),
        cmocka_unit_test(a_run_of_whole_periods_spreads_nothing),
        cmocka_unit_test(a_window_begins_with_a_large_request),
        cmocka_unit_test(a_window_may_begin_at_any_moment),
        cmocka_unit_test(few_large_requests_spread_as_the_replay_says),
        cmocka_unit_test(server_timing_is_read),
        cmocka_unit_test(the_slowest_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
