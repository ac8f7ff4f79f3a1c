/*
 * test_affinity.c: who shared a worker with a large request, and what a new
 * connection for each request costs.
 */
#include "analysis/affinity.h"
#include "analysis/connection_cost.h"
#include "analysis/findings.h"
#include "base/clock.h"
#include "base/error.h"
#include "made.h"
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

/* A request of a worker; and one on the idle server, which took half a ms. */
static void add(struct cell *cell, double from_ms, double to_ms, const char *worker)
{
    made_add(cell, &(struct made_request){.planned = from_ms, .end = to_ms, .worker = worker});
    made_add_alone(cell, 1, 0.5);
}

static void who_shared_a_worker_is_counted(void **state)
{
    (void)state;
    struct made made;
    made_init(&made, "compare", 1);
    struct cell *small = made_small(&made, 0);
    add(made_large(&made, 0), 100, 200, "1");
    add(small, 50, 50.5, "1");    /* before it */
    add(small, 150, 150.5, "2");  /* on the other worker */
    add(small, 99.2, 100.5, "1"); /* beside it, and not slow */
    add(small, 150, 200, "1");    /* stuck */
    add(small, 160, 201, "1");    /* stuck */
    add(small, 200, 200.5, "1");  /* after it */
    struct cell_findings cells[2] = {{.cell = small}, {.cell = made_large(&made, 0)}};
    struct affinity *affinity = &cells[0].affinity;
    assert_int_equal(affinity_find(&made.result, small, affinity), 0);
    assert_true(affinity->known && affinity->named);
    assert_int_equal(affinity->workers, 2);
    assert_int_equal(affinity->count, 6);
    assert_int_equal(affinity->beside, 3);
    assert_int_equal(affinity->stuck, 2);
    assert_int_equal(affinity->beside_p50_ns, 41 * NS_PER_MS);
    assert_int_equal(affinity->others_p50_ns, NS_PER_MS / 2);
    struct buffer text = {0};
    findings_text(&(struct findings){.result = &made.result, .cells = cells}, true, &text);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_non_null(strstr(text.data, "2 workers; 50.0 % of small requests shared theirs with a "
                                      "large one in flight, and 33.3 % were stuck behind it; the "
                                      "median of those that shared was 41.0 ms"));
    buffer_deinit(&text);
    made_deinit(&made);
}

static void an_unnamed_worker_is_known_of_one_loop_only(void **state)
{
    (void)state;
    struct made made;
    made_init(&made, "compare", 1);
    struct cell *small = made_small(&made, 0);
    struct affinity found;
    add(made_large(&made, 0), 100, 200, "");
    add(small, 150, 200, "");
    assert_int_equal(affinity_find(&made.result, small, &found), 0);
    assert_false(found.known);
    made_set_one_loop(small);
    assert_int_equal(affinity_find(&made.result, small, &found), 0);
    assert_true(found.known && !found.named);
    assert_int_equal(found.stuck, 1);
    add(small, 160, 200, "1"); /* one that names its worker, and one that does not */
    trace_sort(&small->trace);
    small->trace.rows[0].worker[0] = '1';
    small->trace.rows[1].worker[0] = '\0';
    assert_int_equal(affinity_find(&made.result, small, &found), 0);
    assert_false(found.known);
    made_deinit(&made);
}

/* A round of 100 equal requests. */
static void add_round(struct cell *cell, unsigned round, bool alone, double ms)
{
    made_add_window(cell, round, alone, 1000, 1, (const unsigned[]){100}, &ms);
}

static void a_new_connection_has_a_price(void **state)
{
    (void)state;
    struct made made;
    made_init(&made, "compare", 2);
    struct cell *kept = made_small(&made, 0);
    struct cell *new = made_small(&made, 1);
    made.result.subjects[0].keepalive = true;
    for (size_t i = 0; i < 2; i++)
        snprintf(made.result.subjects[i].system, sizeof made.result.subjects[i].system, "pool");
    for (unsigned round = 0; round < 4; round++) {
        double drift = round * 0.05; /* hits both halves of a round */
        double noise = round % 2 ? 0.002 : -0.002;
        add_round(kept, round, true, 0.1 + drift);
        add_round(new, round, true, 0.18 + drift + noise);
        add_round(kept, round, false, 1);
        add_round(new, round, false, 1);
    }
    made_add_window(kept, 4, true, 1000, 1, (const unsigned[]){100}, (const double[]){0.3});
    made_add_window(new, 4, true, 50, 1, (const unsigned[]){5}, (const double[]){9}); /* was cut */
    struct connection_cost cost;
    assert_int_equal(connection_cost_of(&made.result, kept, &cost), CONNECTION_COST_NONE);
    assert_int_equal(connection_cost_of(&made.result, made_large(&made, 1), &cost),
                     CONNECTION_COST_NONE);
    assert_int_equal(connection_cost_of(&made.result, new, &cost), 0);
    assert_ptr_equal(cost.kept, kept);
    assert_float_equal(cost.alone_us.value, 80, 1);
    assert_true(cost.alone_us.bounded);
    assert_in_range((int)cost.alone_us.low, 74, 79);
    assert_in_range((int)cost.alone_us.high, 80, 86);
    assert_float_equal(cost.with_us.value, 0, 0.01);
    struct buffer text = {0};
    findings_text_costs(&(struct findings){.result = &made.result, .costs = &cost, .cost_count = 1},
                        &text);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_non_null(strstr(text.data, "pool /ping: a new connection for each request adds 80 us "
                                      "(95 % interval "));
    buffer_deinit(&text);
    snprintf(made.result.subjects[1].system, sizeof made.result.subjects[1].system, "other");
    assert_int_equal(connection_cost_of(&made.result, new, &cost), CONNECTION_COST_NONE);
    made_deinit(&made);
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
