/* test_counts.c: counts that other threads change between two looks never come out below none. */
#include "http/admission.h"

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

/* A request that the reaper counts out just now is not before itself. */
static void requests_before_one(void **state)
{
    (void)state;
    static struct http http = {.options.max_inflight = 1};
    struct worker worker = {.requests = 1};
    struct link link = {.fd = -1, .worker = &worker, .counted = true};
    http.context.stats = stats_new(1, 1);
    assert_false(admission_refuses(&http, &link, NS_PER_S));
    worker.working = 1;
    assert_false(admission_refuses(&http, &link, NS_PER_S));
    worker.working = 2;
    assert_true(admission_refuses(&http, &link, NS_PER_S));
    stats_free(http.context.stats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_that_leave),
        cmocka_unit_test(requests_before_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
