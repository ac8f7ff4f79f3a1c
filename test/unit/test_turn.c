/* test_turn.c: slices wait for newcomers, and not for ever. */
#include "http/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void nobody_came(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        assert_false(turn_is_newcomers());
}

static void who_comes_has_two_turns(void **state)
{
    (void)state;
    turn_note_newcomer();
    assert_true(turn_is_newcomers());
    assert_true(turn_is_newcomers());
    assert_false(turn_is_newcomers());
    assert_false(turn_is_newcomers());
}

static void every_third_turn_is_a_slice_at_least(void **state)
{
    (void)state;
    for (int i = 1; i <= 30; i++) {
        turn_note_newcomer();
        assert_int_equal(turn_is_newcomers(), i % 3 != 0);
    }
    assert_false(turn_is_newcomers());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_came),
        cmocka_unit_test(who_comes_has_two_turns),
        cmocka_unit_test(every_third_turn_is_a_slice_at_least),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
