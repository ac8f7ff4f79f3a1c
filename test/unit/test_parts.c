/*
 * test_parts.c: what a result is as a part of another, what is found amiss with it, and how that
 * is told.
 */
#include "analysis/parts.h"
#include "base/clock.h"
#include "base/error.h"
#include "made.h"
#include "report/parts_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define S NS_PER_S
#define NOON (INT64_C(1785153600) * NS_PER_S) /* 2026-07-27T12:00:00Z */

/* A part of 10 s that began so long after noon and lacks nothing. */
static struct result_part good(const char *name, int64_t after_ns)
{
    struct result_part part = {.from_ns = NOON + after_ns,
                               .until_ns = NOON + after_ns + 10 * S,
                               .asked_ns = 10 * S,
                               .measured_ns = 10 * S,
                               .planned = 100,
                               .ok = 100};
    strcpy(part.name, name);
    return part;
}

static void a_part_is_described_by_its_windows(void **state)
{
    (void)state;
    struct made made;
    struct result_part part;
    made_init(&made, "compare --rounds=2 --duration=2", 1);
    struct cell *small = made_small(&made, 0);
    made_add_window(small, 0, false, 1000, 1, (const unsigned[]){5}, (const double[]){10});
    made_add_window(small, 0, true, 500, 1, (const unsigned[]){3}, (const double[]){10});
    made_add_window(small, 1, false, 900, 1, (const unsigned[]){4}, (const double[]){10});
    struct cell_window *windows = small->windows;
    struct result result = made.result; /* of the small class alone */
    result.cell_count = 1;
    result.cells = small;
    result.started_wall_ns = NOON;
    result.started_ns = 7 * S;
    for (size_t i = 0; i < 3; i++) {
        int64_t length = windows[i].end_ns - windows[i].start_ns;
        windows[i].start_ns = (7 + 2 * (int64_t)i) * S;
        windows[i].end_ns = windows[i].start_ns + length;
        windows[i].stats.planned = windows[i].stats.ok;
    }
    windows[2].stats.planned = 6;
    windows[2].stats.errors[OUTCOME_TIMEOUT] = 2;
    result_describe_part(&result, "a.json", &part);
    assert_string_equal(part.name, "a.json");
    assert_true(part.from_ns == NOON && part.until_ns == NOON + 4 * S + 900 * NS_PER_MS);
    assert_true(part.asked_ns == 2 * S && part.measured_ns == 1900 * NS_PER_MS); /* not alone */
    assert_true(part.planned == 14 && part.ok == 12 && part.errors[OUTCOME_TIMEOUT] == 2);
    assert_true(part.failing_from_ns == NOON + 4 * S && part.failing_until_ns == part.until_ns);
    made_deinit(&made);
}

static struct part_fault judged(struct result_part *parts, size_t count, size_t index)
{
    struct result result = {.parts = parts, .part_count = count};
    return part_fault_of(&result, &parts[index]);
}

static void what_is_amiss_is_found(void **state)
{
    (void)state;
    struct result_part parts[] = {good("a", 0), good("b", S / 2), good("c", 3 * S), good("d", 0)};
    for (size_t i = 0; i < 2; i++) {
        struct part_fault fault = judged(parts, 4, i);
        assert_false(part_is_faulty(&fault));
    }
    assert_true(judged(parts, 4, 2).late_ns == 3 * S);
    parts[3].measured_ns = 99 * S / 10;
    assert_false(judged(parts, 4, 3).ended_early); /* 1 % */
    parts[3].measured_ns = 9 * S;
    assert_true(judged(parts, 4, 3).ended_early);
    parts[3].ok = 99;
    assert_true(judged(parts, 4, 3).failed);
    strcpy(parts[3].missing, "gone");
    assert_true(judged(parts, 4, 3).missing && !judged(parts, 4, 3).failed);
    struct result_part runs[] = {good("a", 0), good("b", 10 * S), good("c", 3600 * S)};
    for (size_t i = 0; i < 3; i++) /* one after the other */
        assert_true(judged(runs, 3, i).late_ns == 0);
}

static void assert_lines(struct result_part *parts, size_t count, const char *told)
{
    struct result result = {.parts = parts, .part_count = count};
    struct buffer text = {0};
    parts_text_faults(&result, &text);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_string_equal(text.data, told);
    buffer_deinit(&text);
}

static void each_fault_is_told_with_its_file_and_time(void **state)
{
    (void)state;
    struct result_part parts[] = {good("a", 0), good("b", 0), good("c", 2 * S), good("d", 0)};
    parts[1].ok = 60;
    parts[1].errors[OUTCOME_TIMEOUT] = 38;
    parts[1].failing_from_ns = NOON + 4 * S;
    parts[1].failing_until_ns = NOON + 10 * S;
    parts[2].measured_ns = 5 * S;
    parts[2].until_ns = NOON + 7 * S;
    strcpy(parts[3].missing, "No such file or directory");
    assert_lines(parts, 4,
                 "b: 40 of 100 requests were left without a good reply, between 12:00:04 and "
                 "12:00:10 UTC: 38 errors (timeout 38).\n"
                 "c: began 2 s after the first; ended early, 5 of 10 s were measured, until "
                 "12:00:07 UTC.\n"
                 "d: missing (No such file or directory).\n");
    assert_lines(parts, 1, ""); /* was not merged */
    assert_lines(parts + 2, 0, "");
}

static void many_faults_are_counted(void **state)
{
    (void)state;
    struct result_part parts[9];
    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
        parts[i] = good("x", 0);
        strcpy(parts[i].missing, "gone");
    }
    struct result result = {.parts = parts, .part_count = 9};
    struct buffer text = {0};
    parts_text_faults(&result, &text);
    buffer_append(&text, "", 1);
    assert_non_null(strstr(text.data, "amiss with 4 more of 9 results: --details"));
    buffer_clear(&text, SIZE_MAX);
    parts_text_table(&result, &text);
    buffer_append(&text, "", 1);
    assert_non_null(strstr(text.data, "| x (missing) | 12:00:00 | 12:00:10 | 10 "));
    buffer_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_is_described_by_its_windows),
        cmocka_unit_test(what_is_amiss_is_found),
        cmocka_unit_test(each_fault_is_told_with_its_file_and_time),
        cmocka_unit_test(many_faults_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
