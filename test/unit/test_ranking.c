/*
 * test_ranking.c: who is better than whom, what is recommended, and when
 * nothing is claimed; and what a server's processes used.
 */
#include "analysis/findings.h"
#include "analysis/ranking.h"
#include "base/clock.h"
#include "base/error.h"
#include "measure/result.h"
#include "plan/options_parse.h"
#include "report/report.h"
#include "systems/usage.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROUNDS_MOST = 4, SMALL_REQUESTS = 500, LARGE_REQUESTS = 5 };

/* A system as it is to look: times in ms, how far the rounds scatter around them. */
struct figures_wanted {
    struct traits traits;
    const char *label;
    const char *endpoint;
    double small;
    double large;
    double scatter; /* the rounds lie between value / scatter and value * scatter */
    double memory_mb;
    double cpu_large_ms;
    bool late;        /* the client was, with large requests */
    bool always_late; /* and without */
    unsigned refused; /* large requests of a round that failed */
    unsigned dropped; /* and small ones, with large ones running */
    bool cut;         /* the last window with large ones, to a twentieth */
};

struct fixture {
    struct options options;
    struct result result;
    struct findings findings;
    struct buffer text;
};

static void record(struct class_stats *stats, int count, double ms, double lag_ms)
{
    int64_t lag = (int64_t)(lag_ms * (double)NS_PER_MS);
    struct outcome outcome = {
        .kind = OUTCOME_OK,
        .status = 200,
        .sent_ns = NS_PER_S + lag,
        .end_ns = NS_PER_S + lag + (int64_t)(ms * (double)NS_PER_MS),
    };
    for (int i = 0; i < count; i++)
        class_stats_record(stats, NS_PER_S, &outcome);
    stats->planned += (uint64_t)count;
}

static void refuse(struct class_stats *stats, unsigned count)
{
    struct outcome outcome = {.kind = OUTCOME_HTTP_5XX, .sent_ns = NS_PER_S, .end_ns = NS_PER_S};
    for (unsigned i = 0; i < count; i++)
        class_stats_record(stats, NS_PER_S, &outcome);
    stats->planned += count;
}

static void add_window(struct fixture *fixture, size_t number, unsigned round, bool alone,
                       const struct figures_wanted *wanted)
{
    bool cut = wanted->cut && !alone && round + 1 == fixture->options.rounds;
    const struct window window = {.started_ns = 0, .ended_ns = cut ? NS_PER_S / 10 : 2 * NS_PER_S};
    struct cell *small = &fixture->result.cells[number * 2];
    double factor = wanted->scatter > 0 ? pow(wanted->scatter, round % 2 ? 1 : -1) : 1;
    double lag = (alone ? wanted->always_late : wanted->late) ? 50 : 0;
    struct class_stats *of_small = cell_begin_window(small, round, alone);
    record(of_small, SMALL_REQUESTS, wanted->small * factor, lag);
    refuse(of_small, alone ? 0 : wanted->dropped);
    assert_int_equal(cell_end_window(small, &window), 0);
    struct subject_window used = {
        .round = round,
        .alone = alone,
        .duration_ns = 2 * NS_PER_S,
        .used = {.cpu_ns = SMALL_REQUESTS * NS_PER_MS / 10,
                 .memory_peak_bytes = (uint64_t)(wanted->memory_mb * factor * 1e6),
                 .processes = 1},
    };
    if (!alone) {
        struct class_stats *stats = cell_begin_window(small + 1, round, false);
        record(stats, LARGE_REQUESTS, wanted->large * factor, 0);
        refuse(stats, wanted->refused);
        assert_int_equal(cell_end_window(small + 1, &window), 0);
        used.used.cpu_ns += (int64_t)(LARGE_REQUESTS * wanted->cpu_large_ms * (double)NS_PER_MS);
    }
    assert_int_equal(subject_add_window(&fixture->result.subjects[number], &used), 0);
}

static void add_system(struct fixture *fixture, size_t number, const struct figures_wanted *wanted)
{
    struct subject *subject = &fixture->result.subjects[number];
    subject->number = number;
    snprintf(subject->label, sizeof subject->label, "%s", wanted->label);
    snprintf(subject->endpoint, sizeof subject->endpoint, "%s", wanted->endpoint);
    for (size_t c = 0; c < 2; c++) {
        struct cell *cell = &fixture->result.cells[number * 2 + c];
        cell->class = &fixture->options.classes[c];
        cell->subject = number;
        cell->heavy = c == 1;
        cell->has_baseline = c == 0;
        cell->body_bytes = c ? 25000000 : 1000;
        cell->traits = wanted->traits;
        snprintf(cell->label, sizeof cell->label, "%s", wanted->label);
        snprintf(cell->endpoint, sizeof cell->endpoint, "%s", wanted->endpoint);
    }
    for (unsigned round = 0; round < fixture->options.rounds; round++) {
        add_window(fixture, number, round, true, wanted);
        add_window(fixture, number, round, false, wanted);
    }
}

static void make(struct fixture *fixture, const char *command, const struct figures_wanted *wanted,
                 size_t count)
{
    char error[OPTIONS_ERROR_SIZE];
    char program[] = "looplag";
    char name[] = "compare";
    char rounds[32];
    char *argv[] = {program, name, rounds, NULL};
    snprintf(rounds, sizeof rounds, "%s", command);
    memset(fixture, 0, sizeof *fixture);
    assert_int_equal(options_parse(&fixture->options, 3, argv, error), 0);
    assert_int_equal(result_init(&fixture->result, &fixture->options, count * 2, 3, argv), 0);
    assert_int_equal(result_set_subjects(&fixture->result, count), 0);
    for (size_t i = 0; i < count; i++)
        add_system(fixture, i, &wanted[i]);
    assert_int_equal(findings_make(&fixture->findings, &fixture->result), 0);
    report_markdown(&fixture->findings, &fixture->text);
    assert_int_equal(buffer_append(&fixture->text, "", 1), 0);
}

static void unmake(struct fixture *fixture)
{
    buffer_deinit(&fixture->text);
    findings_deinit(&fixture->findings);
    result_deinit(&fixture->result);
}

static void assert_says(const struct fixture *fixture, const char *wanted)
{
    if (!strstr(fixture->text.data, wanted))
        fail_msg("'%s' is not in:\n%s", wanted, fixture->text.data);
}

static void assert_silent(const struct fixture *fixture, const char *unwanted)
{
    if (strstr(fixture->text.data, unwanted))
        fail_msg("'%s' is in:\n%s", unwanted, fixture->text.data);
}

static void the_best_come_first_with_ranks(void **state)
{
    (void)state;
    static const struct figures_wanted wanted[] = {
        {.label = "loop",
         .endpoint = "/whole",
         .traits = {.one_loop = TRAIT_YES, .whole_document = TRAIT_YES},
         .small = 900,
         .large = 1000,
         .scatter = 1.05,
         .memory_mb = 200,
         .cpu_large_ms = 1000},
        {.label = "own",
         .endpoint = "/whole",
         .traits = {.thread_per_connection = TRAIT_YES, .whole_document = TRAIT_YES},
         .small = 1.3,
         .large = 1000,
         .scatter = 1.05,
         .memory_mb = 220,
         .cpu_large_ms = 1000},
        {.label = "loop",
         .endpoint = "/early",
         .traits = {.one_loop = TRAIT_YES, .incremental = TRAIT_YES, .whole_document = TRAIT_NO},
         .small = 1.25,
         .large = 30,
         .scatter = 1.05,
         .memory_mb = 5,
         .cpu_large_ms = 25},
    };
    struct fixture fixture;
    make(&fixture, "--rounds=4", wanted, ARRAY_LENGTH(wanted));
    const struct ranking *ranking = &fixture.findings.ranking;
    assert_int_equal(ranking->count, 3);
    assert_true(ranking->percent == 99 && ranking->median);
    assert_string_equal(ranking->rows[0].subject->endpoint, "/early");
    assert_string_equal(ranking->rows[1].subject->label, "own");
    static const size_t ranks[][RANKING_CRITERIA] = {
        {1, 1, 1, 1, 1, 1}, {1, 2, 1, 2, 2, 1}, {3, 2, 1, 2, 2, 1}};
    for (size_t i = 0; i < 3; i++) {
        for (int c = 0; c < RANKING_CRITERIA; c++)
            assert_int_equal(ranking->rows[i].values[c].rank, ranks[i][c]);
    }
    const struct ranking_value *values = ranking->rows[2].values;
    assert_float_equal(values[RANKING_CPU_LARGE].value, 1000, 0.1);
    assert_float_equal(values[RANKING_CPU_SMALL].value, 0.1, 0.001);
    assert_float_equal(values[RANKING_THROUGHPUT].value, 62.5, 0.1);
    assert_says(&fixture, "| loop /early | 1.3");
    assert_says(&fixture, "Recommendation for this machine and load: loop /early. ");
    assert_says(&fixture, "Small p99 with large requests running: 1.31 ms, against 945 ms "
                          "(loop /whole).");
    assert_says(&fixture, "Where the whole document is needed at once: own /whole. ");
    /* four rounds that scatter by 5 %: t of 0.025 and of 80 % are 4.177 and 0.978 with 3 degrees */
    double spread = log(1.05) * sqrt(4.0 / 3 / 4);
    assert_true(fabs(ranking->seen[RANKING_SMALL] -
                     1.1 * exp((4.1765 + 0.9785) * sqrt(2) * spread)) < 0.005);
    assert_says(&fixture, "| shown from  | x 1.35       |");
    assert_says(&fixture, "Rank 1: no other is shown to be better");
    assert_says(&fixture, "pauses for 1000 ms after each reply, so this is no throughput");
    assert_says(&fixture, "(loop /early) is not shown to be more or less responsive (x 1.4 would "
                          "have been seen) than a thread per connection that parses them whole "
                          "(own /whole): small p99 "
                          "with large requests running 1.31 ms against 1.36 ms, with 5.25 MB of "
                          "memory at its peak against 231 MB.");
    unmake(&fixture);
}

/* Who drops requests is never better for it, and may be worse. */
static void who_drops_requests_does_not_win(void **state)
{
    (void)state;
    struct figures_wanted wanted[] = {
        {.label = "a", .endpoint = "/ping", .small = 5, .large = 1000, .memory_mb = 100},
        {.label = "b", .endpoint = "/ping", .small = 1, .large = 1000, .memory_mb = 100},
        {.label = "c", .endpoint = "/ping", .small = 20, .large = 1000, .memory_mb = 100},
    };
    for (int dropped = 0; dropped < 2; dropped++) {
        struct fixture fixture;
        wanted[1].dropped = dropped ? 50 : 0;
        make(&fixture, "--rounds=4", wanted, ARRAY_LENGTH(wanted));
        const struct ranking *ranking = &fixture.findings.ranking;
        const struct ranking_value *best = &ranking->rows[0].values[RANKING_SMALL];
        assert_string_equal(ranking->rows[0].subject->label, "b");
        assert_int_equal(best->at_least, dropped);
        assert_int_equal(ranking_is_better(ranking, RANKING_SMALL, 0, 1), !dropped);
        assert_true(ranking_is_better(ranking, RANKING_SMALL, 1, 2));
        if (dropped)
            assert_says(&fixture, "| >= 1.00, rank 1 |");
        unmake(&fixture);
    }
}

/* Twice as slow, but the rounds scatter by more than that: nobody wins. */
static void overlapping_figures_have_no_winner(void **state)
{
    (void)state;
    static const struct figures_wanted wanted[] = {
        {.label = "a",
         .endpoint = "/ping",
         .small = 1,
         .large = 1000,
         .scatter = 2,
         .memory_mb = 100,
         .cpu_large_ms = 1000},
        {.label = "b",
         .endpoint = "/ping",
         .small = 2,
         .large = 1020,
         .scatter = 2,
         .memory_mb = 101,
         .cpu_large_ms = 1010},
        {.label = "c",
         .endpoint = "/ping",
         .small = 1.5,
         .large = 1010,
         .scatter = 2,
         .memory_mb = 102,
         .cpu_large_ms = 1020},
    };
    struct fixture fixture;
    make(&fixture, "--rounds=4", wanted, ARRAY_LENGTH(wanted));
    for (size_t i = 0; i < 3; i++) {
        for (int c = 0; c < RANKING_CRITERIA; c++)
            assert_int_equal(fixture.findings.ranking.rows[i].values[c].rank, 1);
    }
    assert_says(&fixture, "Recommendation for this machine and load: a /ping, c /ping or b /ping: "
                          "this run shows no difference between them; measure for longer");
    assert_silent(&fixture, "against");
    unmake(&fixture);
}

static void a_difference_below_the_margin_is_none(void **state)
{
    (void)state;
    static const struct figures_wanted wanted[] = {
        {.label = "a", .endpoint = "/ping", .small = 1, .large = 1000, .memory_mb = 100},
        {.label = "b", .endpoint = "/ping", .small = 1.05, .large = 1000, .memory_mb = 100},
        {.label = "c", .endpoint = "/ping", .small = 1.2, .large = 1000, .memory_mb = 100},
    };
    struct fixture fixture;
    make(&fixture, "--rounds=4", wanted, ARRAY_LENGTH(wanted));
    const struct ranking *ranking = &fixture.findings.ranking;
    assert_int_equal(ranking->rows[0].values[RANKING_SMALL].rank, 1);
    assert_int_equal(ranking->rows[1].values[RANKING_SMALL].rank, 1);
    assert_int_equal(ranking->rows[2].values[RANKING_SMALL].rank, 3);
    assert_says(&fixture, "a /ping or b /ping, of which this run shows none to be better");
    unmake(&fixture);
}

static void what_was_measured_badly_is_left_out_by_name(void **state)
{
    (void)state;
    static const struct figures_wanted wanted[] = {
        {.label = "a",
         .endpoint = "/ping",
         .small = 1,
         .large = 1000,
         .late = true,
         .memory_mb = 100},
        {.label = "b",
         .endpoint = "/ping",
         .small = 1,
         .large = 1000,
         .late = true,
         .always_late = true,
         .memory_mb = 100},
        {.label = "c", .endpoint = "/ping", .small = 1, .large = 1, .memory_mb = 100, .refused = 1},
        {.label = "d", .endpoint = "/ping", .small = 9, .large = 2000, .memory_mb = 100},
        {.label = "e", .endpoint = "/ping", .small = 99, .large = 1000, .memory_mb = 100},
    };
    struct fixture fixture;
    make(&fixture, "--rounds=4", wanted, ARRAY_LENGTH(wanted));
    assert_says(&fixture, "| a /ping *  |");
    assert_says(
        &fixture,
        "Not recommended: b /ping: the client itself was late or out of ports beside them even "
        "without large requests");
    assert_says(
        &fixture,
        "Not recommended: a /ping: the client itself was late or out of ports beside them, so");
    assert_says(&fixture, "Not recommended: c /ping: over 1 % of their large requests");
    assert_says(&fixture, "Recommendation for this machine and load: d /ping. ");
    unmake(&fixture);
}

/* However many were left out, each is named; of evidence the first few are enough. */
static void everybody_left_out_is_named(void **state)
{
    (void)state;
    struct figures_wanted wanted[8] = {
        {.label = "x", .endpoint = "/ping", .small = 1, .large = 1000, .memory_mb = 100},
        {.label = "y", .endpoint = "/ping", .small = 1, .large = 2000, .memory_mb = 100},
    };
    static const char *const modes[] = {"a", "b", "c", "d", "e", "f"};
    struct fixture fixture;
    for (size_t i = 0; i < ARRAY_LENGTH(modes); i++)
        wanted[2 + i] = (struct figures_wanted){
            .label = modes[i], .endpoint = "/ping", .small = 10, .large = 1000, .memory_mb = 100};
    make(&fixture, "--rounds=4", wanted, ARRAY_LENGTH(wanted));
    assert_says(&fixture, "against 10.0 ms (a /ping, b /ping, c /ping and 3 others).");
    unmake(&fixture);
    for (size_t i = 0; i < ARRAY_LENGTH(modes); i++)
        wanted[2 + i].late = wanted[2 + i].always_late = true;
    make(&fixture, "--rounds=4", wanted, ARRAY_LENGTH(wanted));
    assert_says(&fixture, "Not recommended: a /ping, b /ping, c /ping, d /ping, e /ping and f "
                          "/ping: the client itself was late");
    unmake(&fixture);
}

static void a_round_that_was_cut_short_is_none(void **state)
{
    (void)state;
    static const struct figures_wanted wanted[] = {
        {.label = "a",
         .endpoint = "/x",
         .small = 9,
         .large = 90,
         .memory_mb = 5,
         .cpu_large_ms = 9},
        {.label = "b",
         .endpoint = "/x",
         .small = 9,
         .large = 90,
         .memory_mb = 5,
         .cpu_large_ms = 9},
        {.label = "c",
         .endpoint = "/x",
         .small = 9,
         .large = 90,
         .memory_mb = 5,
         .cpu_large_ms = 9,
         .cut = true},
    };
    struct fixture fixture;
    make(&fixture, "--rounds=5", wanted, ARRAY_LENGTH(wanted));
    const struct ranking *ranking = &fixture.findings.ranking;
    for (size_t i = 0; i < ranking->count; i++) {
        const struct ranking_row *row = &ranking->rows[i];
        size_t whole = strcmp(row->subject->label, "c") == 0 ? 4 : 5;
        for (int c = 0; c < RANKING_CRITERIA; c++)
            assert_int_equal(row->values[c].round_count, c == RANKING_CPU_SMALL ? 5 : whole);
    }
    unmake(&fixture);
}

static void few_rounds_rank_nothing(void **state)
{
    (void)state;
    static const struct figures_wanted wanted[] = {
        {.label = "a", .endpoint = "/ping", .small = 1, .large = 1000, .memory_mb = 100},
        {.label = "b", .endpoint = "/ping", .small = 100, .large = 1000, .memory_mb = 100},
        {.label = "c", .endpoint = "/ping", .small = 200, .large = 1000, .memory_mb = 100},
    };
    struct fixture fixture;
    make(&fixture, "--rounds=2", wanted, ARRAY_LENGTH(wanted));
    assert_int_equal(fixture.findings.ranking.rows[0].values[RANKING_SMALL].rank, 0);
    assert_says(&fixture, "What was measured in fewer than 3 rounds has no rank.");
    assert_says(&fixture, "No recommendation: it takes 3 rounds or more");
    unmake(&fixture);
    make(&fixture, "--rounds=4", wanted, 2);
    assert_int_equal(fixture.findings.ranking.count, 0);
    assert_silent(&fixture, "ecommendation");
    unmake(&fixture);
}

enum { BALLAST = 64 << 20 };

/* A server of two processes, each with ballast; the child burns 0.2 s of CPU time and ends. */
static void run_family(int told)
{
    pid_t child = fork();
    char *ballast = malloc(BALLAST);
    if (!ballast || child < 0)
        _exit(1);
    memset(ballast, 1, BALLAST);
    while (child == 0 && clock_process_cpu_ns() < NS_PER_S / 5)
        ballast[clock_process_cpu_ns() % BALLAST] = 2;
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
    if (write(told, "x", 1) == 1)
        pause();
    _exit(1);
}

static void usage_is_of_the_whole_family(void **state)
{
    (void)state;
    int told[2];
    int begin[2];
    char byte = 'x';
    struct usage_watch *watch;
    struct usage used;
    assert_int_equal(pipe(told), 0);
    assert_int_equal(pipe(begin), 0);
    pid_t root = fork();
    assert_true(root >= 0);
    if (root == 0 && read(begin[0], &byte, 1) == 1)
        run_family(told[1]);
    assert_int_equal(usage_start(&watch, &root, 1), 0);
    assert_int_equal(write(begin[1], &byte, 1), 1);
    assert_int_equal(read(told[0], &byte, 1), 1);
    usage_finish(watch, &used);
    kill(root, SIGKILL);
    waitpid(root, NULL, 0);
    assert_in_range(used.cpu_ns / NS_PER_MS, 190, 60000);
    assert_true(used.memory_peak_bytes >= BALLAST);
    usage_finish(NULL, &used);
    assert_int_equal(used.memory_peak_bytes, 0);
    assert_true(usage_process_peak(getpid()) > 0);
    for (size_t i = 0; i < 2; i++) {
        close(told[i]);
        close(begin[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_come_first_with_ranks),
        cmocka_unit_test(who_drops_requests_does_not_win),
        cmocka_unit_test(overlapping_figures_have_no_winner),
        cmocka_unit_test(a_difference_below_the_margin_is_none),
        cmocka_unit_test(what_was_measured_badly_is_left_out_by_name),
        cmocka_unit_test(everybody_left_out_is_named),
        cmocka_unit_test(a_round_that_was_cut_short_is_none),
        cmocka_unit_test(few_rounds_rank_nothing),
        cmocka_unit_test(usage_is_of_the_whole_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
