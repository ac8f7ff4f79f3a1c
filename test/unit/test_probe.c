/*
 * test_probe.c: when a probe asks for a restart, and when a run is to start.
 */
#include "base/clock.h"
#include "base/error.h"
#include "plan/start_time.h"
#include "send/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* Counts a check a second; '.' is good, 'x' is not. */
static struct probe_result count(const char *checks, unsigned failures)
{
    struct probe_result result = {.plan = {.failures = failures}};
    for (int i = 0; checks[i]; i++)
        probe_count(&result, checks[i] == '.', (i + 1) * NS_PER_MS, i * NS_PER_S);
    return result;
}

static void failures_in_a_row_restart(void **state)
{
    (void)state;
    struct probe_result result = count("..xx.x.xx", 3);
    assert_false(result.restart);
    assert_int_equal(result.sent, 9);
    assert_int_equal(result.failed, 5);
    assert_int_equal(result.longest, 2);
    assert_int_equal(result.slowest_ns, 9 * NS_PER_MS);
    result = count(".xxx.xxxx", 3);
    assert_true(result.restart);
    assert_int_equal(result.restarted_ns, 3 * NS_PER_S); /* the first time */
    assert_int_equal(result.longest, 4);
    assert_true(count("x", 1).restart);
    assert_false(count("", 1).restart);
}

static int64_t parse(const char *text, int64_t now_ns)
{
    int64_t ns = 0;
    return start_time_parse(text, now_ns, &ns) ? -1 : ns;
}

static struct probe_result window_of(const char *checks)
{
    struct probe_result result = {.plan = {.wanted = true, .failures = 3}};
    for (const char *check = checks; *check; check++) {
        result.lasted_ns += NS_PER_S;
        probe_count(&result, *check == '+', NS_PER_MS, result.lasted_ns);
    }
    return result;
}

static void windows_add_up_but_no_row_goes_on(void **state)
{
    (void)state;
    static const char *const windows[] = {"+--", "--+", "+---", "---+"};
    struct probe_result sum = {0};
    for (size_t i = 0; i < ARRAY_LENGTH(windows); i++) {
        const struct probe_result found = window_of(windows[i]);
        probe_add(&sum, &found);
        assert_true(sum.restart == (i >= 2));
    }
    assert_true(sum.plan.wanted);
    assert_int_equal(sum.sent, 14);
    assert_int_equal(sum.failed, 10);
    assert_int_equal(sum.longest, 3);
    assert_int_equal(sum.restarted_ns, (3 + 3 + 4) * NS_PER_S); /* the first of the two */
}

static void start_times_are_parsed(void **state)
{
    (void)state;
    const int64_t now = 1700000000 * NS_PER_S + 5; /* 2023-11-14T22:13:20Z */
    assert_int_equal(setenv("TZ", "UTC-2", 1), 0); /* two hours east: 00:13:20 on the 15th */
    tzset();
    assert_int_equal(parse("+5s", now), now + 5 * NS_PER_S);
    assert_int_equal(parse("+500ms", now), now + 500 * NS_PER_MS);
    assert_int_equal(parse("2023-11-14T22:13:21Z", now), 1700000001 * NS_PER_S);
    assert_int_equal(parse("2023-11-15T00:13:21+02:00", now), 1700000001 * NS_PER_S);
    assert_int_equal(parse("00:13:21", now), 1700000001 * NS_PER_S);
    assert_int_equal(parse("00:14", now), 1700000040 * NS_PER_S);
    assert_int_equal(parse("00:13:20", now), (1700000000 + 86400) * NS_PER_S); /* tomorrow's */
    static const char *const bad[] = {
        "", "5", "+", "+x", "25:00", "12", "12:00:", "12:00:00x", "2023-11-14T22:13:20Z", "now"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_int_equal(parse(bad[i], now), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_in_a_row_restart),
        cmocka_unit_test(windows_add_up_but_no_row_goes_on),
        cmocka_unit_test(start_times_are_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
