/*
 * test_affinity.c: who shared a worker with a large request, and what a new
 * connection for each request costs.
 */
#include "analysis/affinity.h"
#include "analysis/findings.h"
#include "base/clock.h"
#include "base/error.h"
#include "measure/result.h"
#include "plan/options_parse.h"
#include "report/findings_text.h"
#include "send/timing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void workers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *name; /* NULL: none */
    } cases[] = {
        {"X-Worker: 3\r\n", "3"},
        {"x-worker:pod12\r\n", "pod12"},
        {"X-Worker: \t a b\r\n", "a"},
        {"X-Worker: 1234567890123456\r\n", "123456789012345"},
        {"X-Worker:\r\n", NULL},
        {"X-Workers: 3\r\n", NULL},
        {"X-Work", NULL},
        {"\r\n", NULL},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char worker[WORKER_NAME_SIZE] = "";
        bool found = timing_parse_worker(cases[i].line, strlen(cases[i].line), worker);
        assert_int_equal(found, cases[i].name != NULL);
        if (found)
            assert_string_equal(worker, cases[i].name);
    }
}

/* A result of one small and one large class, or of two systems of them. */
static void make(struct options *options, struct result *result, size_t systems)
{
    char error[OPTIONS_ERROR_SIZE];
    char program[] = "looplag";
    char word[] = "compare";
    char *argv[] = {program, word, NULL};
    assert_int_equal(options_parse(options, 2, argv, error), 0);
    assert_int_equal(result_init(result, options, systems * 2, 2, argv), 0);
    assert_int_equal(result_set_subjects(result, systems), 0);
    for (size_t i = 0; i < systems * 2; i++) {
        struct cell *cell = &result->cells[i];
        struct subject *subject = &result->subjects[i / 2];
        cell->class = &options->classes[i % 2];
        cell->heavy = i % 2;
        cell->subject = i / 2;
        subject->number = i / 2;
        snprintf(cell->endpoint, sizeof cell->endpoint, "/ping");
        snprintf(subject->endpoint, sizeof subject->endpoint, "/ping");
        snprintf(subject->system, sizeof subject->system, "pool");
    }
}

static void add(struct cell *cell, double from_ms, double to_ms, const char *worker)
{
    struct outcome outcome = {
        .kind = OUTCOME_OK,
        .sent_ns = (int64_t)(from_ms * (double)NS_PER_MS),
        .end_ns = (int64_t)(to_ms * (double)NS_PER_MS),
    };
    snprintf(outcome.worker, sizeof outcome.worker, "%s", worker);
    trace_add(&cell->trace, 1, outcome.sent_ns, &outcome);
    class_stats_record(&cell->stats, outcome.sent_ns, &outcome);
    class_stats_record(&cell->baseline, 0, &(struct outcome){.end_ns = NS_PER_MS / 2});
}

static void who_shared_a_worker_is_counted(void **state)
{
    (void)state;
    struct options options;
    struct result result;
    make(&options, &result, 1);
    struct cell *small = &result.cells[0];
    add(&result.cells[1], 100, 200, "1");
    add(small, 50, 50.5, "1");    /* before it */
    add(small, 150, 150.5, "2");  /* on the other worker */
    add(small, 99.2, 100.5, "1"); /* beside it, and not slow */
    add(small, 150, 200, "1");    /* stuck */
    add(small, 160, 201, "1");    /* stuck */
    add(small, 200, 200.5, "1");  /* after it */
    struct cell_findings cells[2] = {{.cell = small}, {.cell = &result.cells[1]}};
    struct affinity *affinity = &cells[0].affinity;
    assert_int_equal(affinity_find(&result, small, affinity), 0);
    assert_true(affinity->known && affinity->named);
    assert_int_equal(affinity->workers, 2);
    assert_int_equal(affinity->count, 6);
    assert_int_equal(affinity->beside, 3);
    assert_int_equal(affinity->stuck, 2);
    assert_int_equal(affinity->beside_p50_ns, 41 * NS_PER_MS);
    assert_int_equal(affinity->others_p50_ns, NS_PER_MS / 2);
    struct buffer text = {0};
    findings_text(&(struct findings){.result = &result, .cells = cells}, true, &text);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_non_null(strstr(text.data, "2 workers; 50.0 % of small requests shared theirs with a "
                                      "large one in flight, and 33.3 % were stuck behind it; the "
                                      "median of those that shared was 41.0 ms"));
    buffer_deinit(&text);
    result_deinit(&result);
}

static void an_unnamed_worker_is_known_of_one_loop_only(void **state)
{
    (void)state;
    struct options options;
    struct result result;
    make(&options, &result, 1);
    struct cell *small = &result.cells[0];
    struct affinity found;
    add(&result.cells[1], 100, 200, "");
    add(small, 150, 200, "");
    assert_int_equal(affinity_find(&result, small, &found), 0);
    assert_false(found.known);
    small->traits.one_loop = TRAIT_YES;
    assert_int_equal(affinity_find(&result, small, &found), 0);
    assert_true(found.known && !found.named);
    assert_int_equal(found.stuck, 1);
    add(small, 160, 200, "1"); /* one that names its worker, and one that does not */
    trace_sort(&small->trace);
    small->trace.rows[0].worker[0] = '1';
    small->trace.rows[1].worker[0] = '\0';
    assert_int_equal(affinity_find(&result, small, &found), 0);
    assert_false(found.known);
    result_deinit(&result);
}

/* A round of 100 equal requests. */
static void add_round(struct cell *cell, unsigned round, bool alone, int64_t ns)
{
    const struct window window = {.ended_ns = NS_PER_S};
    struct class_stats *stats = cell_begin_window(cell, round, alone);
    assert_non_null(stats);
    for (int i = 0; i < 100; i++)
        class_stats_record(stats, 0, &(struct outcome){.end_ns = ns});
    assert_int_equal(cell_end_window(cell, &window), 0);
}

static void a_new_connection_has_a_price(void **state)
{
    (void)state;
    struct options options;
    struct result result;
    make(&options, &result, 2);
    result.subjects[0].keepalive = true;
    for (unsigned round = 0; round < 4; round++) {
        int64_t drift = round * 50 * NS_PER_US; /* hits both halves of a round */
        int64_t noise = round % 2 ? 2 * NS_PER_US : -2 * NS_PER_US;
        add_round(&result.cells[0], round, true, 100 * NS_PER_US + drift);
        add_round(&result.cells[2], round, true, 180 * NS_PER_US + drift + noise);
        add_round(&result.cells[0], round, false, NS_PER_MS);
        add_round(&result.cells[2], round, false, NS_PER_MS);
    }
    struct connection_cost cost;
    assert_false(connection_cost_of(&result, &result.cells[0], &cost));
    assert_false(connection_cost_of(&result, &result.cells[3], &cost));
    assert_true(connection_cost_of(&result, &result.cells[2], &cost));
    assert_ptr_equal(cost.kept, &result.cells[0]);
    assert_float_equal(cost.alone_us.value, 80, 1);
    assert_true(cost.alone_us.bounded);
    assert_in_range((int)cost.alone_us.low, 74, 79);
    assert_in_range((int)cost.alone_us.high, 80, 86);
    assert_float_equal(cost.with_us.value, 0, 0.01);
    struct buffer text = {0};
    findings_text_costs(&(struct findings){.result = &result, .costs = &cost, .cost_count = 1},
                        &text);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_non_null(strstr(text.data, "pool /ping: a new connection for each request adds 80 us "
                                      "(95 % interval "));
    buffer_deinit(&text);
    snprintf(result.subjects[1].system, sizeof result.subjects[1].system, "other");
    assert_false(connection_cost_of(&result, &result.cells[2], &cost));
    result_deinit(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_are_read),
        cmocka_unit_test(who_shared_a_worker_is_counted),
        cmocka_unit_test(an_unnamed_worker_is_known_of_one_loop_only),
        cmocka_unit_test(a_new_connection_has_a_price),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
