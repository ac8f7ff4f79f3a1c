/*
 * test_sweep.c: whether a size kept the objectives, and the sentence that
 * answers which body limit is safe.
 */
#include "base/error.h"
#include "commands/sweep_step.h"
#include "made.h"
#include "report/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char sizes[][OPTIONS_WORD_SIZE] = {"100KB", "1MB", "5MB"};

/* '+' kept, '-' not kept, '?' can't tell, '.' not measured. */
static void assert_told(const char *outcomes, const char *told)
{
    struct sweep_step steps[ARRAY_LENGTH(sizes)] = {0};
    struct buffer text = {0};
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        steps[i].outcome = outcomes[i] == '+'   ? SWEEP_KEPT
                           : outcomes[i] == '-' ? SWEEP_MISSED
                           : outcomes[i] == '?' ? SWEEP_CANT_TELL
                                                : SWEEP_NOT_MEASURED;
        if (outcomes[i] == '-' || outcomes[i] == '?')
            strcpy(steps[i].reason, "p99 was 99 ms");
    }
    sweep_tell("select", "/ping", "p99<50ms", sizes, steps, ARRAY_LENGTH(sizes), &text);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_non_null(strstr(text.data, "select /ping: "));
    if (!strstr(text.data, told))
        fail_msg("%s is told as '%s'", outcomes, text.data);
    buffer_deinit(&text);
}

static void the_limit_is_told(void **state)
{
    (void)state;
    assert_told("+++", "with every size that was tried; the largest was 5MB");
    assert_told("++-",
                "kept up to 1MB, so a body limit of that is safe; with bodies of 5MB p99 was");
    assert_told("+--", "kept up to 100KB");
    assert_told("---", "not kept even with bodies of 100KB: p99 was 99 ms. No size");
    assert_told("-++", "not kept even with bodies of 100KB"); /* larger ones do not count */
    assert_told("+-+", "kept up to 100KB");
    assert_told("++.", "every size that was measured; the largest was 1MB");
    assert_told("...", "nothing was measured");
    assert_told("???", "whether p99<50ms is kept can't be told even with bodies of 100KB: p99 was "
                       "99 ms. Nothing is concluded");
    assert_told("?++", "Nothing is concluded");
    assert_told("+?+", "kept up to 100KB, so a body limit of that is safe; with bodies of 1MB it "
                       "can't be told: p99 was 99 ms.");
}

/* Small requests of 10 ms, some of 40 and of 60, beside `larges` large ones that were answered. */
static struct sweep_step judged(const char *objective, const unsigned counts[3], uint64_t larges,
                                bool late)
{
    char command[128];
    struct made made;
    struct sweep_step step;
    struct findings findings;
    snprintf(command, sizeof command, "compare --rounds=1 --slo=%s", objective);
    made_init(&made, command, 1);
    made_add_window(made_small(&made, 0), 0, false, 1000, 3, counts, (const double[]){10, 40, 60});
    made_large(&made, 0)->stats.ok = larges;
    result_seal(&made.result);
    assert_int_equal(findings_make(&findings, &made.result), 0);
    for (size_t i = 0; i < made.result.cell_count; i++)
        findings.cells[i].audit.late = late;
    const struct cell_findings *large = &findings.cells[0];
    const struct cell_findings *small = &findings.cells[0];
    for (size_t i = 0; i < made.result.cell_count; i++) {
        if (made.result.cells[i].heavy)
            large = &findings.cells[i];
        else
            small = &findings.cells[i];
    }
    sweep_judge(&findings, small, large, &step);
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
        uint64_t larges;
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
        {"small:p99<50ms", {1960, 40, 0}, 0, false, SWEEP_MISSED, "no large request"},
        {"errors<1%", {90, 0, 0}, 1, false, SWEEP_KEPT, ""},
        {"small:max<50ms", {90, 0, 1}, 1, false, SWEEP_MISSED, "was not met (60"},
        {"interference<2", {1960, 40, 0}, 1, false, SWEEP_CANT_TELL, "too few samples"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct sweep_step step =
            judged(cases[i].objective, cases[i].counts, cases[i].larges, cases[i].late);
        if (step.outcome != cases[i].outcome || !strstr(step.reason, cases[i].reason))
            fail_msg("case %zu: %s: %s", i, sweep_outcome_name(step.outcome), step.reason);
    }
}

static void the_load_is_told(void **state)
{
    (void)state;
    struct made made;
    struct buffer text = {0};
    made_init(&made, "compare --small-interval=4ms --large-interval=1", 1);
    answer_class(&made.options.classes[0], &(size_t){1100}, &text);
    answer_class(&made.options.classes[1], NULL, &text);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_string_equal(text.data,
                        "Small: 1.1 kB, 250 a second. Large: each size, one client, 1 s after each "
                        "reply. ");
    buffer_deinit(&text);
    made_deinit(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_limit_is_told),
                                       cmocka_unit_test(the_upper_end_decides),
                                       cmocka_unit_test(the_load_is_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
