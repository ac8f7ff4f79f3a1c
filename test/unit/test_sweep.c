/*
 * test_sweep.c: the sentence that answers which body limit is safe.
 */
#include "base/error.h"
#include "commands/sweep_step.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char sizes[][OPTIONS_WORD_SIZE] = {"100KB", "1MB", "5MB"};

/* '+' kept, '-' not kept, '.' not measured. */
static void assert_told(const char *outcomes, const char *told)
{
    struct sweep_step steps[ARRAY_LENGTH(sizes)] = {0};
    struct buffer text = {0};
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        steps[i].measured = outcomes[i] != '.';
        steps[i].kept = outcomes[i] == '+';
        if (outcomes[i] == '-')
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
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_limit_is_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
