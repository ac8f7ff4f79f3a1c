/*
 * Tests of http/lane.c and http/lane_counts.c: two processes that share a lane,
 * played by two lanes around the same counts; those who wait are threads that block.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/lane.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGE = 1000, PROCESSES = 2 };

struct pair {
    struct lane_counts *counts;
    struct lane lanes[PROCESSES];
};

static void set_up(struct pair *pair, unsigned limit, enum lane_policy policy)
{
    const struct lane_options options = {
        .limit = limit, .size = LARGE, .policy = policy, .blocks = true};
    pair->counts = lane_counts_new(limit, PROCESSES);
    assert_non_null(pair->counts);
    for (unsigned i = 0; i < PROCESSES; i++) {
        lane_init(&pair->lanes[i], &options, pair->counts);
        lane_set_process(&pair->lanes[i], i);
    }
}

static void assert_figures(struct pair *pair, unsigned admitted, unsigned waiting)
{
    struct stats_lane figures = lane_counts_read(pair->counts);
    assert_int_equal(figures.admitted, admitted);
    assert_int_equal(figures.waiting, waiting);
}

/* A request that waits in a thread of its own. */
struct guest {
    struct lane *lane;
    struct lane_place place;
    enum lane_result result;
    pthread_t thread;
};

static void *enter(void *cls)
{
    struct guest *guest = cls;
    guest->result = lane_enter(guest->lane, &guest->place);
    return NULL;
}

static void await_waiting(struct pair *pair, unsigned count)
{
    enum { PATIENCE = 5000 };
    for (int i = 0; i < PATIENCE && lane_counts_read(pair->counts).waiting != count; i++)
        usleep(1000);
    assert_int_equal(lane_counts_read(pair->counts).waiting, count);
}

/* Starts a guest and comes back when it waits, `count`-th. */
static void start_waiting(struct pair *pair, struct guest *guest, unsigned process, unsigned count)
{
    guest->lane = &pair->lanes[process];
    if (guest->place.fd == 0)
        guest->place.fd = -1; /* no client to look at */
    assert_int_equal(pthread_create(&guest->thread, NULL, enter, guest), 0);
    await_waiting(pair, count);
}

static enum lane_result finish_waiting(struct guest *guest)
{
    pthread_join(guest->thread, NULL);
    return guest->result;
}

static void the_limit_holds_for_all_processes(void **state)
{
    (void)state;
    struct pair pair;
    struct lane_place places[3] = {{0}};
    set_up(&pair, 2, LANE_REJECT);
    assert_int_equal(lane_enter(&pair.lanes[0], &places[0]), LANE_GO);
    assert_int_equal(lane_enter(&pair.lanes[1], &places[1]), LANE_GO);
    assert_int_equal(lane_enter(&pair.lanes[0], &places[2]), LANE_REFUSED);
    assert_int_equal(lane_enter(&pair.lanes[1], &places[2]), LANE_REFUSED);
    assert_int_equal(lane_counts_read(pair.counts).rejected, 2);
    assert_figures(&pair, 2, 0);
    lane_leave(&pair.lanes[0], &places[0]);
    lane_leave(&pair.lanes[0], &places[0]);
    assert_figures(&pair, 1, 0);
    assert_int_equal(lane_enter(&pair.lanes[1], &places[2]), LANE_GO);
    lane_counts_free(pair.counts);
}

static void only_what_is_large_is_concerned(void **state)
{
    (void)state;
    struct pair pair;
    struct lane open;
    const struct lane_options none = {.size = LARGE};
    set_up(&pair, 1, LANE_WAIT);
    assert_false(lane_concerns(&pair.lanes[0], LARGE - 1));
    assert_true(lane_concerns(&pair.lanes[0], LARGE));
    lane_init(&open, &none, NULL);
    assert_false(lane_concerns(&open, UINT64_MAX));
    assert_false(lane_tick(&open));
    lane_counts_free(pair.counts);
}

static void who_leaves_lets_the_next_in(void **state)
{
    (void)state;
    struct pair pair;
    struct lane_place holder = {0};
    struct guest guest = {0};
    set_up(&pair, 1, LANE_WAIT);
    assert_int_equal(lane_enter(&pair.lanes[0], &holder), LANE_GO);
    start_waiting(&pair, &guest, 0, 1);
    lane_leave(&pair.lanes[0], &holder);
    assert_figures(&pair, 1, 0); /* without a tick */
    assert_int_equal(finish_waiting(&guest), LANE_GO);
    lane_counts_free(pair.counts);
}

static void a_free_place_is_for_who_came_first_in_any_process(void **state)
{
    (void)state;
    struct pair pair;
    struct lane_place holder = {0};
    struct guest first = {0};
    struct guest second = {0};
    set_up(&pair, 1, LANE_WAIT);
    assert_int_equal(lane_enter(&pair.lanes[0], &holder), LANE_GO);
    start_waiting(&pair, &first, 1, 1);
    start_waiting(&pair, &second, 0, 2);

    lane_leave(&pair.lanes[0], &holder);
    assert_figures(&pair, 0, 2); /* kept free for the other process's guest */
    assert_true(lane_tick(&pair.lanes[0]));
    assert_figures(&pair, 0, 2);
    assert_false(lane_tick(&pair.lanes[1]));
    assert_int_equal(finish_waiting(&first), LANE_GO);
    assert_figures(&pair, 1, 1);

    lane_leave(&pair.lanes[1], &first.place);
    assert_false(lane_tick(&pair.lanes[0]));
    assert_int_equal(finish_waiting(&second), LANE_GO);
    lane_leave(&pair.lanes[0], &second.place);
    assert_figures(&pair, 0, 0);
    lane_counts_free(pair.counts);
}

static void who_comes_does_not_overtake_who_waits(void **state)
{
    (void)state;
    struct pair pair;
    struct lane_place holder = {0};
    struct guest first = {0};
    struct guest late = {0};
    set_up(&pair, 1, LANE_WAIT);
    assert_int_equal(lane_enter(&pair.lanes[0], &holder), LANE_GO);
    start_waiting(&pair, &first, 1, 1);
    lane_leave(&pair.lanes[0], &holder);
    start_waiting(&pair, &late, 0, 2); /* although there is a place */
    lane_tick(&pair.lanes[1]);
    assert_int_equal(finish_waiting(&first), LANE_GO);
    lane_leave(&pair.lanes[1], &first.place);
    lane_tick(&pair.lanes[0]);
    assert_int_equal(finish_waiting(&late), LANE_GO);
    lane_counts_free(pair.counts);
}

static void what_a_dead_process_held_is_given_back(void **state)
{
    (void)state;
    struct pair pair;
    struct lane_place holder = {0};
    struct guest ghost = {0};
    struct guest guest = {0};
    set_up(&pair, 1, LANE_WAIT);
    assert_int_equal(lane_enter(&pair.lanes[1], &holder), LANE_GO);
    start_waiting(&pair, &ghost, 1, 1);
    start_waiting(&pair, &guest, 0, 2);
    lane_counts_forget(pair.counts, 1);
    assert_figures(&pair, 0, 1);
    assert_false(lane_tick(&pair.lanes[0]));
    assert_int_equal(finish_waiting(&guest), LANE_GO);
    assert_figures(&pair, 1, 0);
    lane_stop(&pair.lanes[1]);
    assert_int_equal(finish_waiting(&ghost), LANE_LEFT);
    lane_counts_forget(NULL, 0);
    lane_counts_free(pair.counts);
}

static void a_process_killed_with_the_lock_is_no_obstacle(void **state)
{
    (void)state;
    struct pair pair;
    struct lane_place place = {0};
    set_up(&pair, 1, LANE_WAIT);
    pid_t child = fork();
    if (child == 0) {
        lane_enter(&pair.lanes[1], &place);
        lane_counts_lock(pair.counts);
        raise(SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_figures(&pair, 1, 0);
    lane_counts_forget(pair.counts, 1);
    assert_int_equal(lane_enter(&pair.lanes[0], &place), LANE_GO);
    lane_counts_free(pair.counts);
}

static void a_client_that_left_is_sent_home(void **state)
{
    (void)state;
    struct pair pair;
    struct lane_place holder = {0};
    struct guest guest = {.place = {.to_come = 1 << 20}};
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    guest.place.fd = ends[0];
    set_up(&pair, 1, LANE_WAIT);
    assert_int_equal(lane_enter(&pair.lanes[0], &holder), LANE_GO);
    start_waiting(&pair, &guest, 0, 1);
    assert_true(lane_tick(&pair.lanes[0]));
    assert_figures(&pair, 1, 1);
    shutdown(ends[1], SHUT_WR);
    assert_false(lane_tick(&pair.lanes[0]));
    assert_int_equal(finish_waiting(&guest), LANE_LEFT);
    assert_figures(&pair, 1, 0);
    lane_leave(&pair.lanes[0], &guest.place);
    assert_figures(&pair, 1, 0);
    close(ends[0]);
    close(ends[1]);
    lane_counts_free(pair.counts);
}

static void a_stopped_lane_lets_nobody_in(void **state)
{
    (void)state;
    struct pair pair;
    struct lane_place holder = {0};
    struct lane_place late = {0};
    struct guest guest = {0};
    set_up(&pair, 1, LANE_WAIT);
    assert_int_equal(lane_enter(&pair.lanes[0], &holder), LANE_GO);
    start_waiting(&pair, &guest, 0, 1);
    lane_stop(&pair.lanes[0]);
    assert_int_equal(finish_waiting(&guest), LANE_LEFT);
    lane_leave(&pair.lanes[0], &holder);
    assert_int_equal(lane_enter(&pair.lanes[0], &late), LANE_LEFT);
    assert_figures(&pair, 0, 0);
    lane_counts_free(pair.counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_holds_for_all_processes),
        cmocka_unit_test(only_what_is_large_is_concerned),
        cmocka_unit_test(who_leaves_lets_the_next_in),
        cmocka_unit_test(a_free_place_is_for_who_came_first_in_any_process),
        cmocka_unit_test(who_comes_does_not_overtake_who_waits),
        cmocka_unit_test(what_a_dead_process_held_is_given_back),
        cmocka_unit_test(a_process_killed_with_the_lock_is_no_obstacle),
        cmocka_unit_test(a_client_that_left_is_sent_home),
        cmocka_unit_test(a_stopped_lane_lets_nobody_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
