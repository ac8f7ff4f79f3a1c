/*
 * test_saved.c: results that are written as JSON are read back as they were,
 * become one, and are refused when they are no results or hold the same requests.
 */
#include "analysis/findings.h"
#include "base/clock.h"
#include "base/error.h"
#include "made.h"
#include "report/report.h"
#include "report/saved.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A file with this content; removed by the caller. */
static void write_file(char path[32], const char *text, size_t length)
{
    snprintf(path, 32, "/tmp/looplag-saved-XXXXXX");
    int file = mkstemp(path);
    assert_in_range(file, 0, 1 << 20);
    assert_int_equal(write(file, text, length), length);
    close(file);
}

/* Two rounds of one system; `ms` is what most of its small requests took. */
static void make(struct made *made, const char *command, const char *mode, double ms)
{
    made_init(made, command, 1);
    for (unsigned round = 0; round < 2; round++) {
        const double small[] = {ms + round, 90};
        made_add_window(made_small(made, 0), round, true, 500, 1, (const unsigned[]){200}, small);
        made_add_window(made_small(made, 0), round, false, 1000, 2, (const unsigned[]){380, 20},
                        small);
        made_add_window(made_large(made, 0), round, false, 1000, 1, (const unsigned[]){3},
                        (const double[]){100 * ms});
    }
    for (size_t i = 0; i < 2; i++) {
        struct cell *cell = &made->result.cells[i];
        snprintf(cell->label, sizeof cell->label, "%s", mode);
        cell->body_bytes = i ? 25000000 : 1100;
        cell->stats.planned += 5; /* of which three were never sent */
        for (int timeouts = 0; timeouts < 2; timeouts++)
            class_stats_record(&cell->stats, NS_PER_S,
                               &(struct outcome){.kind = OUTCOME_TIMEOUT,
                                                 .sent_ns = NS_PER_S,
                                                 .end_ns = NS_PER_S + 500 * NS_PER_MS});
    }
    struct subject *subject = &made->result.subjects[0];
    snprintf(subject->label, sizeof subject->label, "%s", mode);
    made->result.started_wall_ns = 1700000000 * NS_PER_S;
    result_seal(&made->result);
}

/* What `made` is once it has been written and read. */
static void save(const struct made *made, struct saved *saved)
{
    char path[32];
    char error[SAVED_ERROR_SIZE] = "";
    struct findings findings;
    struct buffer text = {0};
    assert_int_equal(findings_make(&findings, &made->result), 0);
    report_json(&findings, &text);
    write_file(path, text.data, text.length);
    if (saved_read(saved, path, error))
        fail_msg("%s", error);
    unlink(path);
    buffer_deinit(&text);
    findings_deinit(&findings);
}

static void assert_same_histogram(const struct histogram *a, const struct histogram *b)
{
    static const double percents[] = {1, 50, 90, 99, 99.9};
    assert_int_equal(a->total, b->total);
    assert_int_equal(a->min, b->min);
    assert_int_equal(a->max, b->max);
    assert_true(histogram_mean(a) == histogram_mean(b));
    for (size_t i = 0; i < ARRAY_LENGTH(percents); i++)
        assert_int_equal(histogram_percentile(a, percents[i]),
                         histogram_percentile(b, percents[i]));
}

static void assert_same_stats(const struct class_stats *a, const struct class_stats *b)
{
    assert_int_equal(a->planned, b->planned);
    assert_int_equal(a->sent, b->sent);
    assert_int_equal(a->ok, b->ok);
    assert_memory_equal(a->errors, b->errors, sizeof a->errors);
    assert_same_histogram(&a->response, &b->response);
    assert_same_histogram(&a->service, &b->service);
    assert_same_histogram(&a->send_lag, &b->send_lag);
}

static void what_is_written_is_read_as_it_was(void **state)
{
    (void)state;
    struct made made;
    struct saved saved;
    make(&made, "compare --rounds=2 --duration=2", "select", 2);
    save(&made, &saved);
    assert_int_equal(saved.options.rounds, 2);
    assert_int_equal(saved.options.duration_ns, 2 * NS_PER_S);
    assert_true(saved.options.baseline);
    assert_int_equal(saved.options.class_count, 2);
    assert_int_equal(saved.options.classes[1].arrival, ARRIVAL_CLOSED);
    assert_int_equal(saved.options.classes[0].interval_ns, 4 * NS_PER_MS);
    assert_int_equal(saved.result.started_wall_ns, made.result.started_wall_ns);
    assert_int_equal(saved.result.cell_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct cell *a = &made.result.cells[i];
        const struct cell *b = &saved.result.cells[i];
        assert_string_equal(a->class->name, b->class->name);
        assert_string_equal(a->label, b->label);
        assert_string_equal(a->endpoint, b->endpoint);
        assert_int_equal(a->body_bytes, b->body_bytes);
        assert_int_equal(a->heavy, b->heavy);
        assert_int_equal(a->has_baseline, b->has_baseline);
        assert_same_stats(&a->stats, &b->stats);
        assert_same_stats(&a->baseline, &b->baseline);
        assert_int_equal(a->window_count, b->window_count);
        for (size_t w = 0; w < a->window_count; w++) {
            assert_int_equal(a->windows[w].round, b->windows[w].round);
            assert_int_equal(a->windows[w].alone, b->windows[w].alone);
            assert_int_equal(a->windows[w].end_ns - a->windows[w].start_ns,
                             b->windows[w].end_ns - b->windows[w].start_ns);
            assert_same_stats(&a->windows[w].stats, &b->windows[w].stats);
        }
    }
    saved_deinit(&saved);
    saved_deinit(&saved);
    made_deinit(&made);
}

static void two_results_become_one(void **state)
{
    (void)state;
    char error[SAVED_ERROR_SIZE] = "";
    struct made made[3];
    struct saved saved[3];
    make(&made[0], "compare --rounds=2", "select", 2);
    make(&made[1], "compare --rounds=2", "select", 5);
    make(&made[2], "compare --rounds=2", "threads", 8);
    for (size_t i = 0; i < 3; i++)
        save(&made[i], &saved[i]);
    assert_int_equal(saved_merge(&saved[0], &saved[1], error), 0);
    const struct result *result = &saved[0].result;
    assert_int_equal(result->cell_count, 2); /* the same mode, endpoint and class */
    const struct cell *small = &result->cells[0];
    assert_int_equal(small->window_count, 8);
    assert_int_equal(small->windows[7].round, 3); /* rounds go on */
    assert_int_equal(small->stats.ok, 1600);
    assert_int_equal(small->stats.planned, 1610);
    assert_int_equal(small->stats.errors[OUTCOME_TIMEOUT], 4);
    assert_int_equal(small->baseline.ok, 800);
    assert_int_equal(small->baseline.response.max, 6 * NS_PER_MS);
    assert_int_equal(result->cells[1].stats.response.total, 12);

    assert_int_equal(saved_merge(&saved[0], &saved[2], error), 0);
    assert_int_equal(result->cell_count, 4); /* another mode is another system */
    assert_string_equal(result->cells[2].label, "threads");
    assert_true(result->cells[2].subject != result->cells[0].subject);
    assert_int_equal(result->cells[2].stats.ok, 800);
    assert_int_equal(saved[0].options.class_count, 2);
    for (size_t i = 0; i < 3; i++) {
        saved_deinit(&saved[i]);
        made_deinit(&made[i]);
    }
}

/* A client whose link was cut could not ask its server for the mode, and belongs to the others. */
static void a_mode_that_is_not_known_is_the_only_one(void **state)
{
    (void)state;
    char error[SAVED_ERROR_SIZE] = "";
    static const char *const modes[] = {"", "select", "", "threads", ""};
    struct made made[ARRAY_LENGTH(modes)];
    struct saved saved[ARRAY_LENGTH(modes)];
    static const size_t counts[] = {2, 2, 2, 4, 6};
    for (size_t i = 0; i < ARRAY_LENGTH(modes); i++) {
        make(&made[i], "compare --rounds=2", modes[i], 2 + 3 * (double)i);
        save(&made[i], &saved[i]);
        assert_int_equal(i ? saved_merge(&saved[0], &saved[i], error) : 0, 0);
        assert_int_equal(saved[0].result.cell_count, counts[i]);
        assert_string_equal(saved[0].result.cells[0].label, i ? "select" : "");
    }
    for (size_t i = 0; i < ARRAY_LENGTH(modes); i++) {
        saved_deinit(&saved[i]);
        made_deinit(&made[i]);
    }
}

static void what_does_not_fit_is_not_merged(void **state)
{
    (void)state;
    char error[SAVED_ERROR_SIZE] = "";
    struct made made[2];
    struct saved saved[3];
    make(&made[0], "compare --rounds=2", "select", 2);
    make(&made[1], "compare --rounds=2", "select", 3);
    save(&made[0], &saved[0]);
    save(&made[0], &saved[1]);
    assert_int_equal(saved_merge(&saved[0], &saved[1], error), SAVED_TWICE);
    saved_deinit(&saved[0]);
    save(&made[0], &saved[0]);
    made_small(&made[1], 0)->body_bytes++;
    save(&made[1], &saved[2]);
    assert_int_equal(saved_merge(&saved[0], &saved[2], error), SAVED_INVALID);
    assert_non_null(strstr(error, "class small has another body"));
    for (size_t i = 0; i < 3; i++)
        saved_deinit(&saved[i]);
    for (size_t i = 0; i < 2; i++)
        made_deinit(&made[i]);
}

static void what_is_no_result_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *told;
    } cases[] = {
        {"", "it is empty"},
        {"{\"schema_version\": 1", "no JSON"},
        {"{\"a\": 1, \"a\": 2}", "no JSON"}, /* which of the two is meant? */
        {"{}", "no result of looplag's"},
        {"[]", "no result of looplag's"},
        {"{\"schema_version\": 2}", "'s schema_version is 2, and this program reads 1"},
    };
    struct saved saved;
    char path[32];
    char error[SAVED_ERROR_SIZE];
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        write_file(path, cases[i].text, strlen(cases[i].text));
        assert_int_equal(saved_read(&saved, path, error), SAVED_INVALID);
        if (!strstr(error, cases[i].told) || !strstr(error, path))
            fail_msg("'%s' is told as '%s'", cases[i].text, error);
        unlink(path);
    }
    assert_int_equal(saved_read(&saved, "/tmp", error), SAVED_INVALID);
    assert_non_null(strstr(error, "Is a directory"));
    assert_int_equal(saved_read(&saved, path, error), SAVED_INVALID);
    assert_non_null(strstr(error, "No such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_as_it_was),
        cmocka_unit_test(two_results_become_one),
        cmocka_unit_test(a_mode_that_is_not_known_is_the_only_one),
        cmocka_unit_test(what_does_not_fit_is_not_merged),
        cmocka_unit_test(what_is_no_result_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
