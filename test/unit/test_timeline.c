/* test_timeline.c: the points of a window: thinned, nothing that matters is lost, and saved whole.
 */
#include "report/json_timeline.h"
#include "send/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 5 * TIMELINE_POINTS_MOST };

static void add(struct timeline *timeline, int64_t at_us, uint32_t took_us, bool failed)
{
    const struct timeline_point point = {.at_us = at_us, .took_us = took_us, .failed = failed};
    assert_int_equal(timeline_add(timeline, &point), 0);
}

static size_t index_of(const struct timeline *timeline, int64_t at_us)
{
    size_t at = 0;
    while (at < timeline->count && timeline->points[at].at_us != at_us)
        at++;
    return at;
}

/* It must be there. */
static const struct timeline_point *find(const struct timeline *timeline, int64_t at_us)
{
    const size_t at = index_of(timeline, at_us);
    assert_true(at < timeline->count);
    return &timeline->points[at < timeline->count ? at : 0];
}

static void assert_in_order(const struct timeline *timeline)
{
    for (size_t i = 1; i < timeline->count; i++)
        assert_true(timeline->points[i - 1].at_us <= timeline->points[i].at_us);
}

static void few_are_all_kept(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    for (int i = 0; i < TIMELINE_POINTS_MOST; i++)
        add(&timeline, 1000000 - i, 5, false);
    timeline_seal(&timeline);
    assert_int_equal(timeline.count, TIMELINE_POINTS_MOST);
    assert_false(timeline.thinned);
    assert_in_order(&timeline);
    timeline_deinit(&timeline);
    timeline_deinit(&timeline);
}

/* A request in the middle that took long, one that was quick, and failures. */
static void fill(struct timeline *timeline)
{
    for (int i = 0; i < MANY; i++)
        add(timeline, (int64_t)i * 100, 1000 + (uint32_t)i % 7, false);
    add(timeline, 777777, 9000000, false);
    add(timeline, 3777777, 1, false);
    add(timeline, 4777777, 50, true);
    add(timeline, 4777778, 60, true);
}

static void assert_kept(const struct timeline *timeline)
{
    assert_true(timeline->thinned);
    assert_true(timeline->count <= 3 * TIMELINE_SLOTS);
    assert_int_equal(find(timeline, 777777)->took_us, 9000000);
    assert_int_equal(find(timeline, 3777777)->took_us, 1);
    assert_true(find(timeline, 4777778)->failed);
    assert_int_equal(index_of(timeline, 4777777), timeline->count);
    assert_in_order(timeline);
}

static void of_many_the_extremes_are_kept(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    fill(&timeline);
    timeline_seal(&timeline);
    assert_kept(&timeline);
    assert_true(timeline.count > TIMELINE_SLOTS / 2);
    assert_int_equal(timeline_thin(&timeline, 10), 0);
    assert_true(timeline.count <= 30);
    assert_int_equal(find(&timeline, 777777)->took_us, 9000000);
    timeline_deinit(&timeline);
}

static void those_of_several_threads_become_one(void **state)
{
    (void)state;
    struct timeline parts[2] = {{0}, {0}};
    struct timeline sum = {0};
    fill(&parts[0]);
    add(&parts[1], -5, 8000000, false);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(timeline_merge(&sum, &parts[i]), 0);
    timeline_seal(&sum);
    assert_kept(&sum);
    assert_int_equal(find(&sum, -5)->took_us, 8000000);
    for (size_t i = 0; i < 2; i++)
        timeline_deinit(&parts[i]);
    timeline_deinit(&sum);
}

static void times_that_no_point_holds_are_cut(void **state)
{
    (void)state;
    struct timeline_point point = timeline_point_of(-1500, INT64_MAX, true);
    assert_int_equal(point.at_us, -1);
    assert_int_equal(point.took_us, UINT32_MAX);
    assert_int_equal(timeline_point_of(0, -1, false).took_us, 0);
}

static void read_back(json_t *window, struct timeline *timeline, struct json_fault *fault)
{
    const struct json_in in = {.json = window, .fault = fault};
    memset(fault, 0, sizeof *fault);
    memset(timeline, 0, sizeof *timeline);
    json_timeline_read(&in, timeline);
}

static void it_is_saved_whole(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    struct timeline read;
    struct json_fault fault;
    json_t *window = json_object();
    add(&timeline, -70, 5000000, false);
    add(&timeline, 0, 0, true);
    add(&timeline, 4000, 437, false);
    add(&timeline, 3600000000000, UINT32_MAX, true);
    timeline_seal(&timeline);
    json_timeline_set(window, &timeline);
    read_back(window, &read, &fault);
    assert_int_equal(fault.error, 0);
    assert_int_equal(read.count, timeline.count);
    for (size_t i = 0; i < read.count; i++) {
        assert_int_equal(read.points[i].at_us, timeline.points[i].at_us);
        assert_int_equal(read.points[i].took_us, timeline.points[i].took_us);
        assert_int_equal(read.points[i].failed, timeline.points[i].failed);
    }
    timeline_deinit(&read);
    timeline_deinit(&timeline);
    json_decref(window);
}

static void what_is_no_time_line_is_refused(void **state)
{
    (void)state;
    /* No base64, no zlib stream, a stream that ends early, and one that holds more than it says. */
    static const struct {
        int count;
        const char *points;
    } wrong[] = {{0, "a"}, {1, "AAAA"}, {1, "eJwDAAAAAAE="}, {0, "eJxjYAAAAAIAAQ=="}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct timeline read;
        struct json_fault fault;
        json_t *window = json_pack("{s:{s:i, s:b, s:s}}", "requests", "count", wrong[i].count,
                                   "thinned", 0, "points", wrong[i].points);
        read_back(window, &read, &fault);
        assert_int_equal(fault.error, JSON_IN_INVALID);
        timeline_deinit(&read);
        json_decref(window);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_are_all_kept),
        cmocka_unit_test(of_many_the_extremes_are_kept),
        cmocka_unit_test(those_of_several_threads_become_one),
        cmocka_unit_test(times_that_no_point_holds_are_cut),
        cmocka_unit_test(it_is_saved_whole),
        cmocka_unit_test(what_is_no_time_line_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
