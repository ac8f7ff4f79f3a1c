/* Tests of src/daemon/mode: the rows of the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/mode.h"

static void workers_fit_on_every_machine(void **state)
{
    (void)state;
    static const long processors[] = {-1, 0, 1, 2, 4, 128, 129, 192, 100000};
    for (size_t i = 0; i < mode_count(); i++) {
        for (size_t k = 0; k < ARRAY_LENGTH(processors); k++)
            assert_in_range(mode_workers(mode_at(i), processors[k]), 1, MODE_WORKERS_MAX);
    }
    assert_int_equal(mode_workers(mode_find("pool"), 1), 2);
    assert_int_equal(mode_workers(mode_find("pool"), 96), 96);
}

static void rows_are_found_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < mode_count(); i++)
        assert_ptr_equal(mode_find(mode_at(i)->name), mode_at(i));
    assert_null(mode_find("nope"));
    assert_null(balance_find("nope"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_fit_on_every_machine),
        cmocka_unit_test(rows_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
