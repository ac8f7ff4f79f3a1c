/*
 * test_stage_times.c: the header Server-Timing as servers send it, well and badly, and what many of
 * them come to.
 */
#include "analysis/stage_times.h"
#include "base/error.h"
#include "base/random.h"
#include "report/stage_report.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "name=ms(desc) " for each metric; a metric without a duration has "-". */
static void write_down(void *cls, const struct timing_metric *metric)
{
    char *text = cls;
    const size_t used = strlen(text);
    if (metric->told)
        snprintf(text + used, 512 - used, "%s=%g(%s) ", metric->name, metric->ms, metric->desc);
    else
        snprintf(text + used, 512 - used, "%s=-(%s) ", metric->name, metric->desc);
}

static void headers_are_read_as_browsers_do(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        const char *read;
    } rows[] = {
        {"", ""},
        {"a", "a=-() "},
        {" a;dur=1.5\r\n", "a=1.5() "},
        {"a;dur=1, b;dur=2,c ; dur = 3", "a=1() b=2() c=3() "},
        {"a;DUR=1;Desc=x", "a=1(x) "},
        {"a;desc=\"one, two;dur=9\";dur=1", "a=1(one, two;dur=9) "},
        {"a;desc=\"q\\\"q\\\\\";dur=\"2\"", "a=2(q\"q\\) "},
        {"a;dur=1;dur=2;desc=x;desc=y", "a=1(x) "},
        {"a;dur;dur=2", "a=-() "},
        {"a;dur=x;dur=2", "a=-() "},
        {"a;dur=-1", "a=-() "},
        {"a;dur=1e400", "a=-() "},
        {"a;dur=nan", "a=-() "},
        {"a;dur=0x10", "a=0() "},
        {"a;dur=12ms", "a=12() "},
        {"a;dur=1e2", "a=100() "},
        {"a;;;dur=1;", "a=1() "},
        {",,a;dur=1,,b,", "a=1() b=-() "},
        {"a b c;dur=1, d", "a=1() d=-() "},
        {"\"a\";dur=1, b;dur=2", "b=2() "},
        {"(a);dur=1, b;dur=2", "b=2() "},
        {"a;desc=\"never closed, b;dur=2", "a=-(never closed, b;dur=2) "},
        {"a;desc=\"\\", "a=-(\\) "},
        {"a;desc=\"\x1b[2J|\xc3\"", "a=-(?[2J?\?) "},
        {"a;desc=x y;dur=3", "a=3(x) "},
        {"001_read_chunks;dur=4", "001_read_chunks=4() "},
        {"a|b;dur=4", "a?b=4() "},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char line[256];
        char read[512] = "";
        snprintf(line, sizeof line, "server-TIMING:%s", rows[i].value);
        assert_true(server_timing_read(line, strlen(line), write_down, read));
        assert_string_equal(read, rows[i].read);
    }
    char none[512] = "";
    assert_false(server_timing_read("Server-Timings: a;dur=1", 23, write_down, none));
    assert_false(server_timing_read("Server-Timing", 13, write_down, none));
    assert_string_equal(none, "");
}

static void check_sizes(void *cls, const struct timing_metric *metric)
{
    size_t *count = cls;
    assert_true(strlen(metric->name) < sizeof metric->name && metric->name[0]);
    assert_true(strlen(metric->desc) < sizeof metric->desc);
    assert_true(!metric->told || (metric->ms >= 0 && metric->ms < 1e12));
    ++*count;
}

static void whatever_comes_is_read_to_its_end(void **state)
{
    (void)state;
    static const char bytes[] = "ab1=;,\"\\ \t.-e\0\xff|";
    uint64_t random = 7;
    size_t count = 0;
    for (int i = 0; i < 20000; i++) {
        char line[80] = "Server-Timing:";
        const size_t length = 14 + random_next(&random) % (sizeof line - 14);
        for (size_t k = 14; k < length; k++)
            line[k] = bytes[random_next(&random) % (sizeof bytes - 1)];
        char *copy = malloc(length); /* so that reading past its end is seen */
        assert_non_null(copy);
        memcpy(copy, line, length);
        assert_true(server_timing_read(copy, length, check_sizes, &count));
        free(copy);
    }
    assert_true(count > 1000);
    static char large[100000] = "Server-Timing:";
    memset(large + 14, 'a', sizeof large - 14);
    assert_true(server_timing_read(large, sizeof large, check_sizes, &count));
}

static void take(struct stages *stages, const char *line)
{
    stages_take_line(stages, stages->good, line, strlen(line));
}

/* Five requests of 10, 20, 30, 40 and 100 ms. */
static void medians_and_shares_are_those_by_hand(void **state)
{
    (void)state;
    static const double service[] = {10, 20, 30, 40, 100};
    static const struct traffic_class class = {.name = "large"};
    CLEANUP(stages_deinit)
    struct stages stages;
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    assert_int_equal(stages_init(&stages, &class, ARRAY_LENGTH(service)), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(service); i++) {
        char line[128];
        snprintf(line, sizeof line, "Server-Timing: parse;dur=%g, twice;dur=1\r\n", service[i] / 2);
        take(&stages, line);
        take(&stages, "Server-Timing: twice;dur=2, cache;desc=hit\r\n");
        if (i % 2)
            take(&stages, "Server-Timing: now;desc=\"and then\";dur=7\r\n");
        stages.service_ms[stages.good++] = service[i];
    }
    stages.sent = stages.good;
    assert_int_equal(stages.count, 3);
    struct stage_times times = stage_times_of(&stages, &stages.rows[0]);
    assert_int_equal(times.count, 5);
    assert_true(times.least_ms == 5 && times.median_ms == 15 && isnan(times.p90_ms));
    assert_true(times.most_ms == 50 && times.share == 0.5);
    times = stage_times_of(&stages, &stages.rows[1]);
    assert_true(times.median_ms == 3 && times.count == 5 && times.share == 0.1);
    times = stage_times_of(&stages, &stages.rows[2]);
    assert_true(times.median_ms == 7 && times.count == 2);
    assert_true(times.share == (7.0 / 20 + 7.0 / 40) / 2);
    times = stage_times_of_requests(&stages);
    assert_true(times.median_ms == 30 && times.count == 5 && times.share == 1);
    stage_report_text(&stages, &text);
    buffer_append(&text, "", 1);
    assert_non_null(strstr(text.data, "| parse "));
    assert_non_null(strstr(text.data, "| and then "));
    assert_null(strstr(text.data, "cache"));
    assert_null(strstr(text.data, "nan"));
    json_t *root = stage_report_json(&stages, 1, "http://host");
    assert_non_null(root);
    const json_t *told = json_array_get(json_object_get(root, "classes"), 0);
    assert_int_equal(json_array_size(json_object_get(told, "stages")), 3);
    json_decref(root);
}

/* As with all percentiles of the client, ten requests must lie beyond it. */
static void a_percentile_is_told_from_a_hundred_requests_on(void **state)
{
    (void)state;
    static const struct traffic_class class = {.name = "large"};
    CLEANUP(stages_deinit)
    struct stages stages;
    assert_int_equal(stages_init(&stages, &class, 100), 0);
    for (size_t i = 0; i < 100; i++)
        stages.service_ms[i] = 100 - (double)i;
    stages.good = 99;
    assert_true(isnan(stage_times_of_requests(&stages).p90_ms));
    stages.good = 100;
    assert_true(stage_times_of_requests(&stages).p90_ms == 90);
}

/* What 103 Early Hints or 100 Continue tells is no part of the reply. */
static void only_the_last_head_counts(void **state)
{
    (void)state;
    static const struct traffic_class class = {.name = "large"};
    CLEANUP(stages_deinit)
    struct stages stages;
    assert_int_equal(stages_init(&stages, &class, 2), 0);
    take(&stages, "HTTP/1.1 200 OK\r\n");
    take(&stages, "Server-Timing: a;dur=5\r\n");
    stages.service_ms[stages.good++] = 10;
    take(&stages, "HTTP/1.1 103 Early Hints\r\n");
    take(&stages, "Server-Timing: a;dur=2, early;dur=1\r\n");
    take(&stages, "HTTP/1.1 200 OK\r\n");
    take(&stages, "Server-Timing: a;dur=7\r\n");
    stages.service_ms[stages.good++] = 10;
    assert_true(stages.rows[0].ms[0] == 5 && stages.rows[0].ms[1] == 7);
    assert_int_equal(stage_times_of(&stages, &stages.rows[1]).count, 0);
}

static void more_stages_than_there_is_room_for_are_told(void **state)
{
    (void)state;
    static const struct traffic_class class = {.name = "large"};
    CLEANUP(stages_deinit)
    struct stages stages;
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    assert_int_equal(stages_init(&stages, &class, 1), 0);
    for (int i = 0; i < STAGES_MOST + 5; i++) {
        char line[64];
        snprintf(line, sizeof line, "Server-Timing: s%d;dur=1", i);
        take(&stages, line);
    }
    assert_int_equal(stages.count, STAGES_MOST);
    stages.service_ms[stages.good++] = 5;
    stages.sent = 1;
    stage_report_text(&stages, &text);
    buffer_append(&text, "", 1);
    assert_non_null(strstr(text.data, "more than 64 stages"));
}

static void a_server_that_tells_nothing_is_told_so(void **state)
{
    (void)state;
    static const struct traffic_class class = {.name = "large"};
    CLEANUP(stages_deinit)
    struct stages stages;
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    assert_int_equal(stages_init(&stages, &class, 1), 0);
    take(&stages, "Content-Type: text/plain");
    stages.service_ms[stages.good++] = 5;
    stages.sent = 1;
    assert_int_equal(stages.count, 0);
    stage_report_text(&stages, &text);
    buffer_append(&text, "", 1);
    assert_non_null(strstr(text.data, "no Server-Timing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_read_as_browsers_do),
        cmocka_unit_test(whatever_comes_is_read_to_its_end),
        cmocka_unit_test(medians_and_shares_are_those_by_hand),
        cmocka_unit_test(a_percentile_is_told_from_a_hundred_requests_on),
        cmocka_unit_test(only_the_last_head_counts),
        cmocka_unit_test(more_stages_than_there_is_room_for_are_told),
        cmocka_unit_test(a_server_that_tells_nothing_is_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
