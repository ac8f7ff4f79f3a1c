/*
 * test_team.c: what counts as planned when a window ends early, also in the
 * time that leads it.
 */
#include "base/clock.h"
#include "send/team.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* How many an open class planned that sends every second from 0 on, and counts from 5 s on. */
static void assert_planned(int64_t ended_ns, uint64_t planned, uint64_t counted)
{
    const struct traffic_class class = {.arrival = ARRIVAL_OPEN, .interval_ns = NS_PER_S};
    struct class_stats stats = {0};
    struct load load = {.class = &class, .stats = &stats};
    struct team *team = calloc(1, sizeof *team);
    assert_non_null(team);
    assert_int_equal(class_stats_init(&stats), 0);
    team->load = &load;
    team->class.counts_from_ns = 5 * NS_PER_S;
    team->plan = (struct schedule){.end_ns = 10 * NS_PER_S, .interval_ns = class.interval_ns};
    assert_int_equal(team_finish(team, ended_ns), 0);
    assert_int_equal(load.planned, planned);
    assert_int_equal(stats.planned, counted);
    class_stats_deinit(&stats);
    free(team);
}

static void what_leads_the_window_is_planned_but_not_counted(void **state)
{
    (void)state;
    assert_planned(10 * NS_PER_S, 10, 5);
    assert_planned(6 * NS_PER_S, 6, 1);
    assert_planned(5 * NS_PER_S, 5, 0);
    assert_planned(2 * NS_PER_S, 2, 0); /* before it began */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_leads_the_window_is_planned_but_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
