/* test_counts.c: counts that other threads change between two looks never come out below none. */
#include "http/connections.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* As after a look at those that leave, all of which have gone before the look at all there are. */
static void connections_that_leave(void **state)
{
    (void)state;
    struct connections connections = {.most = 1, .count = 1, .leaving = 2};
    assert_int_equal(connections_left(&connections), 0);
    assert_false(connections_are_too_many(&connections));
    connections.count = 4;
    assert_int_equal(connections_left(&connections), 2);
    assert_true(connections_are_too_many(&connections));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_that_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
