/* made.c: see made.h. */
#include "made.h"

#include "base/clock.h"
#include "base/error.h"
#include "plan/options_parse.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void words_split(struct words *words, const char *text)
{
    char *position = NULL;
    int length = snprintf(words->text, sizeof words->text, "looplag %s", text);
    assert_in_range(length, 1, sizeof words->text - 1);
    words->argc = 0;
    for (char *word = strtok_r(words->text, " ", &position); word;
         word = strtok_r(NULL, " ", &position)) {
        assert_in_range(words->argc, 0, ARRAY_LENGTH(words->argv) - 2);
        words->argv[words->argc++] = word;
    }
    words->argv[words->argc] = NULL;
}

void made_init(struct made *made, const char *command, size_t systems)
{
    char error[OPTIONS_ERROR_SIZE] = "";
    memset(made, 0, sizeof *made);
    words_split(&made->words, command);
    if (options_parse(&made->options, made->words.argc, made->words.argv, error))
        fail_msg("%s", error);
    assert_int_equal(
        result_init(&made->result, &made->options, systems * 2, made->words.argc, made->words.argv),
        0);
    assert_int_equal(result_set_subjects(&made->result, systems), 0);
    for (size_t i = 0; i < systems * 2; i++) {
        struct cell *cell = &made->result.cells[i];
        struct subject *subject = &made->result.subjects[i / 2];
        cell->class = &made->options.classes[i % 2];
        cell->heavy = i % 2;
        cell->subject = i / 2;
        subject->number = i / 2;
        snprintf(cell->endpoint, sizeof cell->endpoint, "/ping");
        snprintf(subject->endpoint, sizeof subject->endpoint, "/ping");
    }
}

void made_deinit(struct made *made)
{
    result_deinit(&made->result);
}

struct cell *made_small(struct made *made, size_t system)
{
    return &made->result.cells[system * 2];
}

struct cell *made_large(struct made *made, size_t system)
{
    return &made->result.cells[system * 2 + 1];
}

void made_set_one_loop(struct cell *cell)
{
    cell->has_server = true;
    cell->traits.one_loop = TRAIT_YES;
    snprintf(cell->label, sizeof cell->label, "a label");
}

int64_t made_ns(double ms)
{
    return (int64_t)llround(ms * (double)NS_PER_MS);
}

void made_add(struct cell *cell, const struct made_request *request)
{
    struct outcome outcome = {
        .kind = OUTCOME_OK,
        .status = 200,
        .sent_ns = made_ns(request->sent > 0 ? request->sent : request->planned),
        .first_byte_ns = made_ns(request->first_byte > 0 ? request->first_byte : request->end),
        .end_ns = made_ns(request->end),
        .timing = {.total_ns = made_ns(request->hold), .hold_ns = made_ns(request->hold)},
    };
    if (request->worker)
        snprintf(outcome.worker, sizeof outcome.worker, "%s", request->worker);
    trace_add(&cell->trace, request->id, made_ns(request->planned), &outcome);
    class_stats_record(&cell->stats, made_ns(request->planned), &outcome);
    cell->stats.planned++;
}

static void record(struct class_stats *stats, unsigned count, double ms)
{
    const struct outcome outcome = {
        .kind = OUTCOME_OK, .status = 200, .sent_ns = NS_PER_S, .end_ns = NS_PER_S + made_ns(ms)};
    for (unsigned i = 0; i < count; i++)
        class_stats_record(stats, NS_PER_S, &outcome);
    stats->planned += count;
}

void made_add_alone(struct cell *cell, unsigned count, double ms)
{
    cell->has_baseline = true;
    record(&cell->baseline, count, ms);
}

void made_add_window(struct cell *cell, unsigned round, bool alone, double length_ms, size_t kinds,
                     const unsigned *counts, const double *ms)
{
    const struct window window = {.started_ns = NS_PER_S,
                                  .ended_ns = NS_PER_S + made_ns(length_ms)};
    struct class_stats *stats = cell_begin_window(cell, round, alone);
    assert_non_null(stats);
    for (size_t i = 0; i < kinds; i++)
        record(stats, counts[i], ms[i]);
    cell->has_baseline = cell->has_baseline || alone;
    assert_int_equal(cell_end_window(cell, &window), 0);
}

void assert_near(double value, double expected)
{
    if (fabs(value - expected) > 0.002 * fabs(expected) + 0.001)
        fail_msg("%.6g, and %.6g was expected", value, expected);
}
