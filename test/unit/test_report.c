/*
 * test_report.c: from outcomes to what is told: statistics, kinds of failure,
 * the server's own figures, the tables and the JSON.
 */
#include "analysis/findings.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "measure/result.h"
#include "plan/options_parse.h"
#include "report/change.h"
#include "report/exhibit.h"
#include "report/ms.h"
#include "report/report.h"
#include "send/outcome.h"
#include "send/samples.h"
#include "send/stats.h"
#include "systems/server_stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <jansson.h>

static struct outcome outcome_at(enum outcome_kind kind, int64_t sent_ns, int64_t end_ns)
{
    return (struct outcome){.kind = kind,
                            .status = kind == OUTCOME_OK ? 200 : 0,
                            .sent_ns = sent_ns,
                            .end_ns = end_ns,
                            .bytes_sent = 10};
}

static void times_start_at_the_plan(void **state)
{
    (void)state;
    struct class_stats stats;
    assert_int_equal(class_stats_init(&stats), 0);
    struct outcome good = outcome_at(OUTCOME_OK, 12 * NS_PER_MS, 15 * NS_PER_MS);
    struct outcome bad = outcome_at(OUTCOME_TIMEOUT, 10 * NS_PER_MS, 900 * NS_PER_MS);
    class_stats_record(&stats, 10 * NS_PER_MS, &good);
    class_stats_record(&stats, 10 * NS_PER_MS, &bad);
    assert_int_equal(stats.response.max, 5 * NS_PER_MS);
    assert_int_equal(stats.service.max, 3 * NS_PER_MS);
    assert_int_equal(stats.send_lag.max, 2 * NS_PER_MS);
    assert_int_equal(stats.response.total, 1); /* errors are never latencies */
    assert_int_equal(stats.sent, 2);
    assert_int_equal(stats.ok, 1);
    assert_int_equal(stats.errors[OUTCOME_TIMEOUT], 1);
    assert_int_equal(class_stats_errors(&stats), 1);
    class_stats_deinit(&stats);
    class_stats_deinit(&stats);
}

static void merging_equals_recording_together(void **state)
{
    (void)state;
    struct class_stats parts[3];
    struct class_stats whole;
    assert_int_equal(class_stats_init(&whole), 0);
    for (int part = 0; part < 3; part++)
        assert_int_equal(class_stats_init(&parts[part]), 0);
    for (int i = 0; i < 3000; i++) {
        int64_t end = (int64_t)i * i * 977;
        struct outcome outcome = outcome_at(i % 7 ? OUTCOME_OK : OUTCOME_RESET, 500, 500 + end);
        class_stats_record(&whole, 0, &outcome);
        class_stats_record(&parts[i % 3], 0, &outcome);
    }
    for (int part = 1; part < 3; part++) {
        assert_int_equal(class_stats_merge(&parts[0], &parts[part]), 0);
        class_stats_deinit(&parts[part]);
    }
    assert_int_equal(parts[0].sent, whole.sent);
    assert_int_equal(parts[0].ok, whole.ok);
    assert_int_equal(parts[0].bytes_sent, whole.bytes_sent);
    assert_int_equal(parts[0].errors[OUTCOME_RESET], whole.errors[OUTCOME_RESET]);
    struct figures merged = figures_of(&parts[0].response);
    struct figures together = figures_of(&whole.response);
    assert_memory_equal(&merged, &together, sizeof merged);
    class_stats_deinit(&parts[0]);
    class_stats_deinit(&whole);
}

static void samples_grow_and_merge(void **state)
{
    (void)state;
    struct samples first = {0};
    struct samples second = {0};
    for (uint64_t i = 0; i < 1000; i++) {
        struct sample row = {.id = i};
        assert_int_equal(samples_add(i % 2 ? &first : &second, &row), 0);
    }
    assert_int_equal(samples_merge(&first, &second), 0);
    assert_int_equal(first.count, 1000);
    assert_int_equal(first.rows[500].id, 0);
    samples_deinit(&first);
    samples_deinit(&second);
    samples_deinit(&second);
}

static void failures_have_kinds(void **state)
{
    (void)state;
    static const struct {
        struct transfer_verdict verdict;
        const char *name;
    } cases[] = {
        {{CURLE_OK, 0, 200, true, true, false, false}, "ok"},
        {{CURLE_OK, 0, 404, true, true, false, false}, "ok"},
        {{CURLE_OK, 0, 200, true, true, true, false}, "garbage"},
        {{CURLE_OK, 0, 204, true, false, false, false}, "http_2xx"},
        {{CURLE_OK, 0, 200, false, true, false, false}, "truncated"},
        {{CURLE_OK, 0, 302, true, false, false, false}, "http_3xx"},
        {{CURLE_OK, 0, 404, true, false, false, false}, "http_4xx"},
        {{CURLE_OK, 0, 503, true, false, false, false}, "http_5xx"},
        {{CURLE_OK, 0, 999, true, false, false, false}, "garbage"},
        {{CURLE_COULDNT_RESOLVE_HOST, 0, 0, false, false, false, false}, "resolve"},
        {{CURLE_COULDNT_CONNECT, ECONNREFUSED, 0, false, false, false, false}, "connect"},
        {{CURLE_COULDNT_CONNECT, EAGAIN, 0, false, false, false, false}, "connect"},
        {{CURLE_COULDNT_CONNECT, EADDRNOTAVAIL, 0, false, false, false, false}, "local"},
        {{CURLE_COULDNT_CONNECT, ENOBUFS, 0, false, false, false, false}, "local"},
        {{CURLE_RECV_ERROR, ENOBUFS, 0, false, false, false, false}, "reset"},
        {{CURLE_SSL_CONNECT_ERROR, ECONNRESET, 0, false, false, false, false}, "tls"},
        {{CURLE_PEER_FAILED_VERIFICATION, 0, 0, false, false, false, false}, "tls"},
        {{CURLE_RECV_ERROR, 0, 0, false, false, false, true}, "tls"},
        {{CURLE_OPERATION_TIMEDOUT, 0, 200, true, false, false, false}, "timeout"},
        {{CURLE_RECV_ERROR, ECONNRESET, 0, false, false, false, false}, "reset"},
        {{CURLE_RECV_ERROR, 0, 200, true, false, false, false}, "garbage"},
        {{CURLE_SEND_ERROR, EPIPE, 0, false, false, false, false}, "reset"},
        {{CURLE_GOT_NOTHING, 0, 0, false, false, false, false}, "empty_reply"},
        {{CURLE_PARTIAL_FILE, 0, 200, true, false, false, false}, "truncated"},
        {{CURLE_UNSUPPORTED_PROTOCOL, 0, 0, false, false, false, false}, "garbage"},
        {{CURLE_ABORTED_BY_CALLBACK, 0, 0, false, false, false, false}, "interrupted"},
        {{CURLE_OUT_OF_MEMORY, 0, 0, false, false, false, false}, "other"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_string_equal(outcome_name(outcome_classify(&cases[i].verdict)), cases[i].name);
}

static void milliseconds_have_three_digits(void **state)
{
    (void)state;
    static const struct {
        double ms;
        const char *text;
    } cases[] = {
        {0, "0.000"},     {0.4123, "0.412"},      {0.9994, "0.999"},    {0.9996, "1.00"},
        {1.234, "1.23"},  {9.996, "10.0"},        {12.34, "12.3"},      {99.96, "100"},
        {1234.4, "1234"}, {86400000, "86400000"}, {-1807.054, "-1807"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_string_equal(ms_text(cases[i].ms).text, cases[i].text);
    }
}

/* Windows of four rounds, of a thousand equal requests in all, so that their p99 is told. */
static void fill_windows(struct cell *cell, bool alone, const struct outcome *outcome)
{
    const struct window window = {.started_ns = 0, .ended_ns = NS_PER_S};
    for (unsigned round = 0; round < 4; round++) {
        struct class_stats *stats = cell_begin_window(cell, round, alone);
        assert_non_null(stats);
        for (int i = 0; i < 250; i++)
            class_stats_record(stats, 0, outcome);
        stats->planned = 250;
        assert_int_equal(cell_end_window(cell, &window), 0);
    }
}

/* A comparison of two modes, one endpoint, with numbers that are known. */
static void make_result(struct result *result, struct options *options, struct findings *findings)
{
    char error[OPTIONS_ERROR_SIZE];
    char program[] = "looplag";
    char word[] = "compare";
    char endpoints[] = "--endpoints=/ping";
    char *argv[] = {program, word, endpoints, NULL};
    assert_int_equal(options_parse(options, 3, argv, error), 0);
    assert_int_equal(result_init(result, options, 4, 2, argv), 0);
    assert_int_equal(result_set_subjects(result, 2), 0);
    for (size_t i = 0; i < 4; i++) {
        struct cell *cell = &result->cells[i];
        struct outcome with = outcome_at(OUTCOME_OK, 0, (i == 0 ? 1000 : 2) * NS_PER_MS);
        struct outcome alone = outcome_at(OUTCOME_OK, 0, NS_PER_MS);
        cell->class = &options->classes[i % 2];
        cell->subject = i / 2;
        cell->heavy = i % 2;
        cell->has_baseline = !cell->heavy;
        cell->has_server = true;
        snprintf(cell->label, sizeof cell->label, "%s", i / 2 ? "threads" : "select");
        cell->traits.one_loop = i / 2 ? TRAIT_NO : TRAIT_YES;
        cell->traits.thread_per_connection = i / 2 ? TRAIT_YES : TRAIT_NO;
        snprintf(cell->endpoint, sizeof cell->endpoint, "/ping");
        cell->server.loop_hold.max = 1200;
        fill_windows(cell, false, &with);
        if (cell->has_baseline)
            fill_windows(cell, true, &alone);
    }
    assert_int_equal(findings_make(findings, result), 0);
}

static void the_table_has_the_columns(void **state)
{
    (void)state;
    struct options options;
    struct result result;
    struct findings findings;
    struct buffer text = {0};
    make_result(&result, &options, &findings);
    report_markdown(&findings, &text);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_non_null(strstr(text.data, "| Request Size | Mode    | Endpoint | Count | Min "));
    assert_non_null(strstr(text.data, "| Small alone  | select  | /ping    | 1000  | 1.00"));
    assert_non_null(strstr(text.data, "| Large        | threads | /ping    | 1000  | 2.00"));
    assert_non_null(strstr(text.data, "from 1.00 to 1000 ms at p99 (x 1000, 95 % interval "));
    assert_non_null(strstr(text.data, "longest loop hold was 1200 ms"));
    assert_non_null(strstr(text.data, "connection's own thread: it held nobody else"));
    assert_non_null(strstr(text.data,
                           "multiplied the p99 of smaller ones by 1000 in select, by 2.0 "
                           "in threads."));
    assert_null(strstr(text.data, "No change"));
    buffer_deinit(&text);
    findings_deinit(&findings);
    result_deinit(&result);
    result_deinit(&result);
}

/* What the large ones did in threads differs from round to round: it is not called a change. */
static void what_is_not_shown_is_not_said(void **state)
{
    (void)state;
    struct options options;
    struct result result;
    struct findings findings;
    struct buffer text = {0};
    make_result(&result, &options, &findings);
    findings.cells[2].interference.ratios[INTERFERENCE_PERCENTS - 1] =
        (struct estimate){.known = true, .value = 1.1, .bounded = true, .low = 0.7, .high = 1.6};
    findings.cells[2].interference.collateral_ms =
        (struct estimate){.known = true, .value = 2, .bounded = true, .low = -3, .high = 7};
    report_markdown(&findings, &text);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_non_null(strstr(text.data, "from 1.00 to 2.00 ms at p99 (no change shown, 95 % interval "
                                      "0.7 to 1.6)"));
    assert_non_null(strstr(text.data, "multiplied the p99 of smaller ones by 1000 in select.\nNo "
                                      "change of the p99 is shown in threads (0.7 to 1.6).\n"));
    assert_non_null(strstr(text.data, "no extra waiting is shown (-3.00 to 7.00 ms"));
    buffer_deinit(&text);
    findings_deinit(&findings);
    result_deinit(&result);
}

/* An interval below 1 is told, and not as what large requests do. */
static void what_was_lower_is_no_merit(void **state)
{
    (void)state;
    struct options options;
    struct result result;
    struct findings findings;
    struct buffer text = {0};
    make_result(&result, &options, &findings);
    findings.cells[2].interference.ratios[INTERFERENCE_PERCENTS - 1] =
        (struct estimate){.known = true, .value = 0.8, .bounded = true, .low = 0.7, .high = 0.9};
    report_markdown(&findings, &text);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_non_null(strstr(text.data, "multiplied the p99 of smaller ones by 1000 in select.\nThe "
                                      "p99 was lower beside large requests, which may be chance "
                                      "(one such interval in twenty misses the truth), in threads "
                                      "(x 0.8).\n"));
    assert_null(strstr(text.data, "No change of"));
    buffer_deinit(&text);
    findings_deinit(&findings);
    result_deinit(&result);
}

static void changes_are_said_as_far_as_they_are_known(void **state)
{
    (void)state;
    static const struct {
        struct estimate ratio;
        const char *text;
    } cases[] = {
        {{.known = true, .value = 391, .bounded = true, .low = 310, .high = 420},
         "x 391, 310 to 420"},
        {{.known = true, .value = 0.5, .bounded = true, .low = 0.4, .high = 0.61},
         "x 0.5, 0.4 to 0.6"},
        {{.known = true, .value = 1.1, .bounded = true, .low = 0.7, .high = 1.6},
         "no change shown, 0.7 to 1.6"},
        {{.known = true, .value = 342, .at_least = true}, "x 342 or more"},
        {{.known = true, .value = 8.26}, "x 8.3, no interval"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_string_equal(change_text(&cases[i].ratio, "").text, cases[i].text);
    assert_string_equal(change_range(1.03, 1.04).text, "1.0");
}

static void the_exhibit_tells_three_methods(void **state)
{
    (void)state;
    struct options options;
    struct result result;
    struct findings findings;
    struct buffer text = {0};
    make_result(&result, &options, &findings);
    exhibit_tell(&result, &text);
    assert_int_equal(text.length, 0);
    struct outcome closed = outcome_at(OUTCOME_OK, 0, 3 * NS_PER_MS);
    for (int i = 0; i < 100; i++)
        class_stats_record(&result.cells[0].closed_loop, 0, &closed);
    exhibit_tell(&result, &text);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_string_equal(
        text.data,
        "\nselect /ping, small: one class, three ways to measure it (ms)\n"
        "| Method                               | Count | Median | p90  | p95  | p99  | Max  |\n"
        "|--------------------------------------|-------|--------|------|------|------|------|\n"
        "| response time, from the planned send | 1000  | 1000   | 1000 | 1000 | 1000 | 1000 |\n"
        "| service time, from the actual send   | 1000  | 1000   | 1000 | 1000 | 1000 | 1000 |\n"
        "| a closed loop with a pause beside it | 100   | 3.00   | 3.00 | -    | -    | 3.00 |\n");
    buffer_deinit(&text);
    findings_deinit(&findings);
    result_deinit(&result);
}

static void the_json_has_the_keys(void **state)
{
    (void)state;
    struct options options;
    struct result result;
    struct findings findings;
    struct buffer text = {0};
    make_result(&result, &options, &findings);
    report_json(&findings, &text);
    json_t *root = json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, NULL);
    assert_int_equal(json_integer_value(json_object_get(root, "schema_version")), 1);
    assert_string_equal(json_string_value(json_object_get(root, "command")), "looplag compare");
    assert_int_equal(json_array_size(json_object_get(root, "sentences")), 3);
    const json_t *cell = json_array_get(json_object_get(root, "cells"), 0);
    const json_t *ratio = json_object_get(cell, "interference");
    assert_true(json_real_value(json_object_get(ratio, "p99")) == 1000.0);
    const json_t *large = json_array_get(json_object_get(root, "cells"), 1);
    assert_true(json_is_null(json_object_get(large, "baseline")));
    json_decref(root);
    buffer_deinit(&text);
    findings_deinit(&findings);
    result_deinit(&result);
}

static void server_stats_are_read(void **state)
{
    (void)state;
    static const char good[] =
        "{\"mode\": \"select\", \"loop_hold_ms\": {\"count\": 9, \"min\": 1, \"mean\": 2, \"p50\": "
        "2,"
        " \"p90\": 3, \"p95\": 3, \"p99\": 3, \"max\": 12.5},"
        " \"process\": {\"rss_peak_bytes\": 7, \"cpu_seconds\": 1.5},"
        " \"workers\": [{\"worker\": 0, \"connections\": 3, \"requests\": 4},"
        " {\"worker\": 1, \"connections\": 5, \"requests\": 6}],"
        " \"serving\": {\"one_loop\": true, \"thread_per_connection\": false},"
        " \"endpoints\": {\"/a\": {\"incremental\": true, \"whole_document\": false}}}";
    static const char *const foreign[] = {
        "",
        "null",
        "[]",
        "{\"mode\": 3}",
        "{\"mode\": \"x\"}",
        "<p>",
        "{\"mode\": 3, \"serving\": {\"one_loop\": true}}",
        "{\"mode\": \"x\", \"loop_hold_ms\": {\"max\": 1}, \"process\": {}}"};
    struct server_stats stats;
    assert_int_equal(server_stats_parse(good, sizeof good - 1, &stats, NULL), 0);
    assert_string_equal(stats.mode, "select");
    assert_true(stats.loop_hold.max == 12.5 && stats.loop_hold.p99 == 3.0);
    assert_int_equal(stats.rss_peak_bytes, 7);
    assert_int_equal(stats.worker_count, 2);
    assert_int_equal(stats.workers[0].connections, 3);
    assert_int_equal(stats.workers[1].requests, 6);
    struct traits traits = system_traits_with(&stats.traits, "/a?b=1");
    assert_true(traits.one_loop == TRAIT_YES && traits.thread_per_connection == TRAIT_NO);
    assert_true(traits.incremental == TRAIT_YES && traits.whole_document == TRAIT_NO);
    traits = system_traits_with(&stats.traits, "/");
    assert_true(traits.one_loop == TRAIT_YES && traits.incremental == TRAIT_UNKNOWN);
    for (size_t i = 0; i < ARRAY_LENGTH(foreign); i++) {
        assert_int_equal(server_stats_parse(foreign[i], strlen(foreign[i]), &stats, NULL),
                         SERVER_STATS_FOREIGN);
        assert_int_equal(stats.traits.serving.one_loop, TRAIT_UNKNOWN);
    }
}

/* A warm-up held the loop for 900 ms; what was measured, for 20 ms and then for 300. */
static void the_holds_of_the_warm_up_are_forgotten(void **state)
{
    (void)state;
    static const char before[] =
        "{\"mode\": \"select\", \"loop_hold_ms\": {\"count\": 2, \"min\": 1, \"mean\": 450, "
        "\"p50\": 1, "
        "\"p90\": 900, \"p95\": 900, \"p99\": 900, \"max\": 900}, \"loop_hold_counts\": [[1000000, "
        "1], "
        "[900000000, 1]], \"large_hold_counts\": [[901000000, 1]], \"process\": "
        "{\"rss_peak_bytes\": 7, \"cpu_seconds\": 1}}";
    static const char after[] = "{\"mode\": \"select\", \"loop_hold_ms\": {\"count\": 6, \"min\": "
                                "1, \"mean\": 210, \"p50\": 20, "
                                "\"p90\": 900, \"p95\": 900, \"p99\": 900, \"max\": 900}, "
                                "\"loop_hold_counts\": [[1000000, 2], "
                                "[20000000, 2], [300000000, 1], [900000000, 1]], "
                                "\"large_hold_counts\": [[301000000, 1], [310000000, 1], "
                                "[901000000, 1]], "
                                "\"process\": {\"rss_peak_bytes\": 7, \"cpu_seconds\": 1}}";
    struct server_stats stats;
    struct server_holds held;
    struct server_holds holds;
    assert_int_equal(server_holds_init(&held), 0);
    assert_int_equal(server_holds_init(&holds), 0);
    assert_int_equal(server_stats_parse(before, sizeof before - 1, &stats, &held), 0);
    assert_int_equal(held.loop.total, 2);
    assert_int_equal(held.large.total, 1);
    assert_int_equal(server_stats_parse(after, sizeof after - 1, &stats, &holds), 0);
    assert_true(stats.loop_hold.max == 900);
    server_stats_forget(&stats, &holds, &held);
    assert_int_equal(stats.loop_hold.count, 4);
    assert_true(stats.loop_hold.max > 299 && stats.loop_hold.max < 301);
    assert_int_equal(holds.large.total, 2);
    assert_true(fabs(histogram_mean(&holds.large) / 1e6 - (301 + 310) / 2.0) < 0.5);
    assert_true(stats.loop_hold.p50 > 19.9 && stats.loop_hold.p50 < 20.1);
    assert_true(fabs(stats.loop_hold.mean - (1 + 20 + 20 + 300) / 4.0) < 0.5);
    server_stats_forget(&stats, &held, &holds); /* it cannot hold them: it was started anew */
    assert_true(stats.loop_hold.max < 301);
    server_holds_deinit(&held);
    server_holds_deinit(&holds);
}

/* Together they would be 0 in 64 bits. */
static void counts_beyond_all_counting_are_left_out(void **state)
{
    (void)state;
    static const char text[] =
        "{\"mode\": \"select\", \"loop_hold_ms\": {\"count\": 2, \"min\": 1, \"mean\": 2, \"p50\": "
        "1, "
        "\"p90\": 2, \"p95\": 2, \"p99\": 2, \"max\": 3}, \"loop_hold_counts\": [[1000000, "
        "9223372036854775807], [2000000, 9223372036854775807], [3000000, 2]], \"process\": "
        "{\"rss_peak_bytes\": 7, \"cpu_seconds\": 1}}";
    struct server_stats stats;
    struct server_holds holds;
    assert_int_equal(server_holds_init(&holds), 0);
    assert_int_equal(server_stats_parse(text, sizeof text - 1, &stats, &holds), 0);
    assert_true(holds.loop.total == UINT64_MAX - 1);
    server_holds_deinit(&holds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_start_at_the_plan),
        cmocka_unit_test(merging_equals_recording_together),
        cmocka_unit_test(samples_grow_and_merge),
        cmocka_unit_test(failures_have_kinds),
        cmocka_unit_test(milliseconds_have_three_digits),
        cmocka_unit_test(the_table_has_the_columns),
        cmocka_unit_test(what_is_not_shown_is_not_said),
        cmocka_unit_test(what_was_lower_is_no_merit),
        cmocka_unit_test(changes_are_said_as_far_as_they_are_known),
        cmocka_unit_test(the_exhibit_tells_three_methods),
        cmocka_unit_test(the_json_has_the_keys),
        cmocka_unit_test(server_stats_are_read),
        cmocka_unit_test(the_holds_of_the_warm_up_are_forgotten),
        cmocka_unit_test(counts_beyond_all_counting_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
