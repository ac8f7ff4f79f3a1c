/*
 * test_sweep.c: what a sweep varies, whether a value kept the objectives, what the values of a
 * system come to, and that sentence and table say the same.
 */
#include "analysis/knee.h"
#include "base/error.h"
#include "made.h"
#include "plan/sweep_plan.h"
#include "report/answer.h"
#include "report/sweep_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* --- what is varied -------------------------------------------------------- */

static struct sweep_plan planned(const char *vary, const char *between)
{
    struct sweep_plan plan = {.steps = 8, .precision = 0.1};
    char error[CLASS_ERROR_SIZE];
    if (sweep_plan_parse(&plan, vary, between, error))
        fail_msg("%s: %s", vary, error);
    return plan;
}

static void values_are_from_less_load_to_more(void **state)
{
    (void)state;
    struct sweep_plan plan = planned("large.size=1,5,10,25", NULL);
    assert_string_equal(plan.class, "large");
    assert_int_equal(plan.count, 4);
    assert_string_equal(plan.values[3].text, "25");
    assert_true(plan.values[3].amount == 25e6);
    assert_true(planned("a.conns=1,2,4,8", NULL).values[3].amount == 8);
    assert_true(planned("a.rate=0.5,50", NULL).values[1].amount == 50);
    plan = planned("a.interval=1,500ms,0", NULL);
    assert_true(plan.values[1].amount == 5e8);
    assert_true(sweep_plan_is_more(&plan, &plan.values[1], &plan.values[0]));
    plan = planned("large.size", "25MB..100KB"); /* in either order */
    assert_true(plan.between);
    assert_string_equal(plan.values[0].text, "100KB");
    assert_string_equal(plan.values[1].text, "25MB");
    assert_string_equal(planned("a.interval", "0.1..2").values[0].text, "2");
    struct traffic_class class = {.name = "large"};
    sweep_plan_apply(&plan, &plan.values[1], &class);
    assert_int_equal(class.size.bytes, 25000000);
}

static void what_cannot_be_varied_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *vary, *between, *told;
    } cases[] = {
        {"large", NULL, "CLASS.PART=VALUES"},
        {"large.body=a,b", NULL, "CLASS.PART=VALUES"},
        {".size=1,2", NULL, "CLASS.PART=VALUES"},
        {"large.sizes=1,2", NULL, "CLASS.PART=VALUES"},
        {"large.size", NULL, "values, as in"},
        {"large.size=", NULL, "sizes that grow"},
        {"large.size=5,1", NULL, "sizes that grow"},
        {"large.size=5,5", NULL, "sizes that grow"},
        {"large.size=1,huge", NULL, "sizes that grow"},
        {"large.size=1,,2", NULL, "sizes that grow"},
        {"large.size=1,3000", NULL, "sizes that grow"},
        {"large.size=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", NULL, "sizes that grow"},
        {"large.conns=1,2.5", NULL, "connections that grow"},
        {"large.conns=0", NULL, "connections that grow"},
        {"large.rate=5,2", NULL, "rates a second that grow"},
        {"large.interval=1,2", NULL, "times that shrink"},
        {"large.size", "5", "two different values"},
        {"large.size", "5..", "two different values"},
        {"large.size", "5..5", "two different values"},
        {"large.size", "0..5", "two different values"},
        {"large.size", "1..25MB", "of one unit"},
        {"large.size", "1..2..3", "two different values"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct sweep_plan plan;
        char error[CLASS_ERROR_SIZE] = "";
        int r = sweep_plan_parse(&plan, cases[i].vary, cases[i].between, error);
        if (r != SWEEP_PLAN_INVALID || !strstr(error, cases[i].told))
            fail_msg("case %zu: %s %s: %d, %s", i, cases[i].vary, cases[i].between, r, error);
    }
}

static void the_middle_is_typed_as_its_ends_are(void **state)
{
    (void)state;
    static const struct {
        const char *vary, *between, *middle;
    } cases[] = {
        {"large.size", "1..25", "5"},
        {"large.size", "100KB..25MB", "1.58MB"},
        {"large.size", "1KB..4KB", "2KB"},
        {"large.size", "10B..40B", "20B"},
        {"large.conns", "1..8", "3"},
        {"large.conns", "4..5", NULL},
        {"large.conns", "4..6", "5"},
        {"large.rate", "10..1000", "100"},
        {"large.interval", "1..100ms", "316ms"},
        {"large.interval", "1..4", "2s"},
        {"large.size", "1000..1001", NULL},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct sweep_plan plan = planned(cases[i].vary, cases[i].between);
        struct sweep_value middle = {.amount = 0};
        bool found = sweep_plan_middle(&plan, &plan.values[0], &plan.values[1], &middle);
        assert_int_equal(found, cases[i].middle != NULL);
        if (found)
            assert_string_equal(middle.text, cases[i].middle);
    }
    struct sweep_value a = {.amount = 2};
    struct sweep_value b = {.amount = 2.5};
    assert_true(sweep_plan_apart(&a, &b) == 0.25 && sweep_plan_apart(&b, &a) == 0.25);
}

/* --- what the steps come to ------------------------------------------------ */

static const struct slo p99_below_50 = {
    .text = "small:p99<50ms", .class = "small", .metric = SLO_RESPONSE, .percent = 99, .limit = 50};

/* '+' kept, '-' not kept, '?' the interval holds the limit, 'l' late, '.' not measured. */
static struct sweep_step stepped(const struct sweep_value *value, char outcome)
{
    struct sweep_step step = {
        .value = *value,
        .outcome = SWEEP_KEPT,
        .verdict = {.slo = &p99_below_50, .known = true, .bounded = true, .value = 7, .high = 9}};
    if (outcome == '-') {
        step.outcome = SWEEP_MISSED;
        step.cause = SWEEP_OBJECTIVE;
        step.verdict.value = 99;
        step.verdict.high = 120;
    } else if (outcome != '+') {
        step.outcome = SWEEP_CANT_TELL;
        step.cause = outcome == 'l' ? SWEEP_LATE : SWEEP_UNDECIDED;
        step.verdict.value = 44;
        step.verdict.high = 60;
    }
    return step;
}

/* What is told of a sweep of select /ping: the sentence, then the table, wrapped as it is shown. */
static void tell(const struct options *options, const char *outcomes, struct buffer *out)
{
    struct sweep_steps steps = {.count = 0};
    struct sweep_subject subject = {"select", "/ping", &steps};
    for (size_t i = options->sweep.count; i-- > 0;) { /* in any order */
        struct sweep_step step = stepped(&options->sweep.values[i], outcomes[i]);
        if (outcomes[i] != '.')
            knee_add(&options->sweep, &step, &steps);
    }
    sweep_text_limit(options, &subject, out);
    buffer_append_text(out, "\n");
    sweep_text_limits(&options->sweep, &subject, 1, out);
    buffer_append(out, "", 1);
    assert_int_equal(out->error, 0);
}

static void assert_told(const char *vary, const char *outcomes, const char *sentence,
                        const char *row)
{
    struct options options = {.slos = {p99_below_50}, .slo_count = 1};
    struct buffer text = {0};
    options.sweep = planned(vary, NULL);
    tell(&options, outcomes, &text);
    if (strncmp(text.data, "select /ping: ", 14) != 0 || !strstr(text.data, sentence))
        fail_msg("%s is told as '%s'", outcomes, text.data);
    const char *line = strstr(text.data, "| select /ping ");
    assert_non_null(line);
    char cells[256] = "";
    for (const char *at = line; *at && *at != '\n'; at++) { /* without the padding */
        bool padding = at[0] == ' ' && (at[1] == ' ' || at[1] == '|' || at[-1] == '|');
        if (!padding)
            strncat(cells, at, 1);
    }
    assert_string_equal(cells, row);
    buffer_deinit(&text);
}

#define SIZES "large.size=100KB,1MB,5MB"

static void sentence_and_table_agree(void **state)
{
    (void)state;
    assert_told(SIZES, "+++",
                "small:p99<50ms is kept with every size that was tried; the largest was 5MB, so a "
                "body limit of that is safe.\n",
                "|select /ping|5MB|p99 7 (<= 9)|-|-|");
    assert_told(SIZES, "++-",
                "kept up to 1MB, so a body limit of that is safe; with bodies of 5MB "
                "small:p99<50ms was not met (99 ms).\n",
                "|select /ping|1MB|p99 7 (<= 9)|5MB|p99 99 (<= 120)|");
    assert_told(SIZES, "+--", "kept up to 100KB",
                "|select /ping|100KB|p99 7 (<= 9)|1MB|p99 99 (<= 120)|");
    assert_told(SIZES, "---",
                "not kept even with bodies of 100KB: small:p99<50ms was not met (99 "
                "ms). No size that was tried is safe.",
                "|select /ping|none|-|100KB|p99 99 (<= 120)|");
    assert_told(SIZES, "++.", "every size that was tried; the largest was 1MB",
                "|select /ping|1MB|p99 7 (<= 9)|-|-|");
    assert_told(SIZES, "...", "nothing was measured", "|select /ping|-|-|-|-|");
    assert_told(SIZES, "???",
                "whether small:p99<50ms is kept can't be told even with bodies of 100KB: "
                "small:p99<50ms: it was 44 ms, but may be up to 60 ms. Nothing is concluded",
                "|select /ping|can't tell|-|100KB|p99 44 (<= 60)|");
    assert_told(SIZES, "?++", "Nothing is concluded",
                "|select /ping|can't tell|-|100KB|p99 44 (<= 60)|");
    assert_told(SIZES, "+?+",
                "kept up to 100KB, so a body limit of that is safe; with bodies of 1MB it can't be "
                "told: small:p99<50ms: it was 44",
                "|select /ping|100KB|p99 7 (<= 9)|1MB|p99 44 (<= 60)|");
    assert_told(SIZES, "+l-",
                "with bodies of 1MB it can't be told: the client itself was late or out of ports.",
                "|select /ping|100KB|p99 7 (<= 9)|1MB|client failed|");
}

/* What fails with less and passes with more shows no limit, wherever it happens. */
static void what_is_not_monotone_shows_no_limit(void **state)
{
    (void)state;
    assert_told(SIZES, "+-+",
                "small:p99<50ms was not kept with bodies of 1MB (small:p99<50ms was not met (99 "
                "ms)), but was with bodies of 5MB: the limit is not shown.",
                "|select /ping|not shown|-|1MB|p99 99 (<= 120)|");
    assert_told(SIZES, "-++", "with bodies of 100KB (",
                "|select /ping|not shown|-|100KB|p99 99 (<= 120)|");
    assert_told(SIZES, "?-+", "the limit is not shown",
                "|select /ping|not shown|-|1MB|p99 99 (<= 120)|");
    assert_told("large.size=1,5,10,25", "+-?+", "but was with bodies of 25",
                "|select /ping|not shown|-|5|p99 99 (<= 120)|");
}

static void each_dimension_has_its_words(void **state)
{
    (void)state;
    assert_told("large.conns=1,2,4", "++-",
                "kept up to 2 at a time, so a limit of that is safe; "
                "with 4 at a time small:p99<50ms was not met",
                "|select /ping|2|p99 7 (<= 9)|4|p99 99 (<= 120)|");
    assert_told("small.rate=10,20,40", "++-",
                "kept up to 20 a second, so a rate limit of that is "
                "safe; with 40 a second",
                "|select /ping|20|p99 7 (<= 9)|40|p99 99 (<= 120)|");
    assert_told("large.interval=1,0.5,200ms", "++-",
                "kept down to 0.5; with an interval of 200ms small:p99<50ms was not",
                "|select /ping|0.5|p99 7 (<= 9)|200ms|p99 99 (<= 120)|");
    assert_told("large.interval=1,0.5,200ms", "+++",
                "with every interval that was tried; the shortest was 200ms.",
                "|select /ping|200ms|p99 7 (<= 9)|-|-|");
}

/* --- the search ------------------------------------------------------------ */

/* Searches on a system whose true limit is known; returns the steps. `odd`: told of each middle. */
static struct sweep_steps searched(const struct sweep_plan *plan, double limit, char odd)
{
    struct sweep_steps steps = {.count = 0};
    struct sweep_value value;
    for (size_t i = 0; i < 2; i++) {
        bool kept = plan->values[i].amount <= limit;
        struct sweep_step step = stepped(&plan->values[i], kept ? '+' : '-');
        knee_add(plan, &step, &steps);
    }
    while (knee_next(plan, &steps, &value)) {
        struct sweep_step step = stepped(&value, odd ? odd : value.amount <= limit ? '+' : '-');
        knee_add(plan, &step, &steps);
        assert_true(steps.count <= plan->steps);
    }
    return steps;
}

static void the_limit_is_found_by_halving(void **state)
{
    (void)state;
    struct sweep_plan plan = planned("large.size", "1..25");
    for (double limit = 1.3e6; limit < 25e6; limit *= 1.07) {
        struct sweep_steps steps = searched(&plan, limit, 0);
        struct knee knee = knee_of(&steps);
        assert_int_equal(knee.kind, KNEE_FOUND);
        assert_true(knee.kept->value.amount <= limit && knee.next->value.amount > limit);
        assert_true(sweep_plan_apart(&knee.kept->value, &knee.next->value) <= 0.1);
        assert_true(steps.count <= 8); /* 6 halvings bring a factor of 25 to 1.05 */
    }
    plan = planned("large.conns", "1..16");
    struct sweep_steps steps = searched(&plan, 5, 0);
    assert_true(knee_of(&steps).kept->value.amount == 5 && knee_of(&steps).next->value.amount == 6);
}

static void the_search_ends(void **state)
{
    (void)state;
    struct sweep_plan plan = planned("large.size", "1..25");
    assert_int_equal(searched(&plan, 30e6, 0).count, 2);  /* all kept */
    assert_int_equal(searched(&plan, 0.5e6, 0).count, 2); /* none */
    assert_int_equal(searched(&plan, 5e6, 'l').count, 3); /* untrustworthy: nothing is concluded */
    struct sweep_steps undecided = searched(&plan, 5e6, '?');
    assert_int_equal(undecided.count, 8 /* its upper end counts as not kept */);
    assert_string_equal(knee_of(&undecided).kept->value.text, "1");
    plan.steps = 4;
    assert_int_equal(searched(&plan, 5e6, 0).count, 4);
    plan.between = false;
    assert_int_equal(searched(&plan, 5e6, 0).count, 2);
}

static void the_precision_is_told(void **state)
{
    (void)state;
    struct options options = {.slos = {p99_below_50}, .slo_count = 1};
    struct sweep_steps steps;
    struct sweep_subject subject = {"select", "/ping", &steps};
    struct buffer text = {0};
    options.sweep = planned("large.size", "1..25");
    steps = searched(&options.sweep, 7e6, 0);
    sweep_text_limit(&options, &subject, &text);
    options.sweep.steps = 3;
    steps = searched(&options.sweep, 7e6, 0);
    buffer_append_text(&text, "\n");
    sweep_text_limit(&options, &subject, &text);
    steps = searched(&options.sweep, 7e6, 'l');
    buffer_append_text(&text, "\n");
    sweep_text_limit(&options, &subject, &text);
    buffer_append(&text, "", 1);
    if (!strstr(text.data, "apart. The search ended there.") ||
        !strstr(text.data, "kept up to 6.77, so") || !strstr(text.data, "two are 5.2 % apart.\n") ||
        !strstr(text.data, "kept up to 5, so") ||
        !strstr(text.data, "are a factor of 5.0 apart. More --steps would"))
        fail_msg("%s", text.data);
    buffer_deinit(&text);
}

/* --- one step -------------------------------------------------------------- */

/*
 * Small requests of 10 ms, some of 40 and of 60, beside a large one that was answered (1), that was
 * not (0), or that was never sent (-1).
 */
static struct sweep_step judged(const char *objective, const unsigned counts[3], int large,
                                bool late, struct sweep_reason *reason)
{
    char command[128];
    struct made made;
    struct sweep_step step;
    struct findings findings;
    snprintf(command, sizeof command, "compare --rounds=1 --slo=%s", objective);
    made_init(&made, command, 1);
    made_add_window(made_small(&made, 0), 0, false, 1000, 3, counts, (const double[]){10, 40, 60});
    made_large(&made, 0)->stats.planned = large >= 0;
    made_large(&made, 0)->stats.ok = large > 0;
    result_seal(&made.result);
    assert_int_equal(findings_make(&findings, &made.result), 0);
    for (size_t i = 0; i < made.result.cell_count; i++)
        findings.cells[i].audit.late = late;
    knee_judge(&findings, findings.cells, made.result.cell_count, &step);
    *reason = sweep_text_reason(&step);
    findings_deinit(&findings);
    made_deinit(&made);
    return step;
}

/*
 * Of 2,000 requests p99 has rank 1,980, and its 95 % interval ends at rank
 * 1,990: with 15 of 60 ms p99 is 40 ms and may be 60.
 */
static void the_upper_end_decides(void **state)
{
    (void)state;
    static const struct {
        const char *objective;
        unsigned counts[3];
        int large;
        bool late;
        enum sweep_outcome outcome;
        const char *reason;
    } cases[] = {
        {"small:p99<50ms", {1960, 40, 0}, 1, false, SWEEP_KEPT, ""},
        {"small:p99<50ms", {1960, 35, 5}, 1, false, SWEEP_KEPT, ""},
        {"small:p99<50ms",
         {1960, 25, 15},
         1,
         false,
         SWEEP_CANT_TELL,
         "was 40 ms, but may be up to 60"},
        {"small:p99<50ms", {1960, 10, 30}, 1, false, SWEEP_MISSED, "was not met (60 ms)"},
        {"small:p99<50ms", {90, 0, 0}, 1, false, SWEEP_CANT_TELL, "too few samples"},
        {"small:p99<50ms", {1960, 40, 0}, 1, true, SWEEP_CANT_TELL, "the client itself was late"},
        {"small:p99<50ms", {1960, 10, 30}, 1, true, SWEEP_CANT_TELL, "the client itself was late"},
        {"small:p99<50ms", {1960, 40, 0}, 0, false, SWEEP_MISSED, "no large request was answered"},
        {"small:p99<50ms", {1960, 40, 0}, -1, false, SWEEP_CANT_TELL, "fell into the windows"},
        {"errors<1%", {90, 0, 0}, 1, false, SWEEP_KEPT, ""},
        {"small:p99<50ms --slo=errors<1%", {90, 0, 0}, 1, false, SWEEP_CANT_TELL, "too few"},
        {"small:p99<50ms --slo=small:p50<1ms",
         {1960, 25, 15},
         1,
         false,
         SWEEP_MISSED,
         "small:p50<1ms was not met (10 ms)"},
        {"small:max<50ms", {90, 0, 1}, 1, false, SWEEP_MISSED, "was not met (60"},
        {"interference<2", {1960, 40, 0}, 1, false, SWEEP_CANT_TELL, "too few samples"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct sweep_reason reason;
        struct sweep_step step =
            judged(cases[i].objective, cases[i].counts, cases[i].large, cases[i].late, &reason);
        if (step.outcome != cases[i].outcome || !strstr(reason.text, cases[i].reason))
            fail_msg("case %zu: %s: %s", i, sweep_text_outcome(step.outcome), reason.text);
        assert_null(step.verdict.cell);
    }
}

static void the_load_is_told(void **state)
{
    (void)state;
    struct made made;
    struct buffer text = {0};
    made_init(&made, "compare --small-interval=4ms --large-interval=1", 1);
    static const struct {
        enum dimension_part varied;
        const char *small, *large;
    } cases[] = {
        {DIMENSION_NONE, "Small: 1.1 kB, 250 a second. ",
         "Large: 27 MB, one client, 1 s after each reply. "},
        {DIMENSION_SIZE, "Small: each size, 250 a second. ",
         "Large: each size, one client, 1 s after each reply. "},
        {DIMENSION_CONNECTIONS, "Small: 1.1 kB, 250 a second, each number of connections at most. ",
         "Large: 27 MB, each number of clients, 1 s after each reply. "},
        {DIMENSION_RATE, "Small: 1.1 kB, at each rate. ", NULL},
        {DIMENSION_INTERVAL, "Small: 1.1 kB, at each interval. ",
         "Large: 27 MB, one client, each interval after a reply. "},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        buffer_clear(&text, SIZE_MAX);
        answer_class(&made.options.classes[0], 1100, cases[i].varied, &text);
        assert_int_equal(buffer_append(&text, "", 1), 0);
        assert_string_equal(text.data, cases[i].small);
        buffer_clear(&text, SIZE_MAX);
        answer_class(&made.options.classes[1], 27000000, cases[i].varied, &text);
        assert_int_equal(buffer_append(&text, "", 1), 0);
        if (cases[i].large)
            assert_string_equal(text.data, cases[i].large);
    }
    buffer_deinit(&text);
    made_deinit(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_from_less_load_to_more),
        cmocka_unit_test(what_cannot_be_varied_is_told),
        cmocka_unit_test(the_middle_is_typed_as_its_ends_are),
        cmocka_unit_test(sentence_and_table_agree),
        cmocka_unit_test(what_is_not_monotone_shows_no_limit),
        cmocka_unit_test(each_dimension_has_its_words),
        cmocka_unit_test(the_limit_is_found_by_halving),
        cmocka_unit_test(the_search_ends),
        cmocka_unit_test(the_precision_is_told),
        cmocka_unit_test(the_upper_end_decides),
        cmocka_unit_test(the_load_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
