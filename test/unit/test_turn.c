/*
 * test_turn.c: slices wait for newcomers, and not for ever; of several bodies one is parsed at a
 * time. libmicrohttpd's suspending and resuming are played here (see meson.build).
 */
#include "http/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

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

enum { BODIES = 4 };

/* A connection is what was done to it: "sr" was suspended and resumed. */
static char calls[BODIES][16];
static struct turns turns;
static struct turn bodies[BODIES];

static void note(struct MHD_Connection *connection, char what)
{
    char *noted = (char *)connection;
    const size_t length = strlen(noted);
    assert_true(length + 1 < sizeof calls[0]);
    noted[length] = what; /* zeros follow */
}

void __wrap_MHD_suspend_connection(struct MHD_Connection *connection);
void __wrap_MHD_resume_connection(struct MHD_Connection *connection);

void __wrap_MHD_suspend_connection(struct MHD_Connection *connection)
{
    note(connection, 's');
}

void __wrap_MHD_resume_connection(struct MHD_Connection *connection)
{
    note(connection, 'r');
}

static int begin(void **state)
{
    (void)state;
    turns_init(&turns);
    memset(calls, 0, sizeof calls);
    for (size_t i = 0; i < BODIES; i++)
        bodies[i] = (struct turn){.connection = (struct MHD_Connection *)calls[i]};
    return 0;
}

/* The place of this thread's loop is free at the end. */
static int end(void **state)
{
    (void)state;
    for (size_t i = 0; i < BODIES * BODIES; i++)
        turn_leave(&turns, &bodies[i % BODIES]);
    turns_deinit(&turns);
    return 0;
}

/* Slices of a body that has more to parse. */
static void parse(struct turn *body, int slices)
{
    for (int i = 0; i < slices; i++) {
        assert_true(turn_take(&turns, body));
        turn_used(&turns, body, true);
    }
}

static void one_alone_never_waits(void **state)
{
    (void)state;
    parse(&bodies[0], 3 * TURN_SLICES);
    turn_used(&turns, &bodies[0], false);
    parse(&bodies[1], 1);
    assert_string_equal(calls[0], "");
    assert_string_equal(calls[1], "");
}

static void others_wait_until_it_has_had_its_slices(void **state)
{
    (void)state;
    parse(&bodies[0], 1);
    assert_false(turn_take(&turns, &bodies[1]));
    assert_false(turn_take(&turns, &bodies[2]));
    parse(&bodies[0], TURN_SLICES - 2);
    assert_string_equal(calls[1], "s");
    parse(&bodies[0], 1);
    assert_string_equal(calls[1], "sr");
    assert_string_equal(calls[2], "s");
}

static void each_has_its_slices_in_turn(void **state)
{
    (void)state;
    parse(&bodies[0], 1);
    for (size_t i = 1; i < BODIES; i++)
        assert_false(turn_take(&turns, &bodies[i]));
    parse(&bodies[0], TURN_SLICES - 1);
    for (size_t i = 1; i < 3 * BODIES; i++) {
        char *noted = calls[i % BODIES];
        assert_int_equal(noted[strlen(noted) - 1], 'r');
        assert_false(turn_take(&turns, &bodies[(i - 1) % BODIES]));
        parse(&bodies[i % BODIES], TURN_SLICES);
    }
}

static void who_has_nothing_to_parse_gives_up_at_once(void **state)
{
    (void)state;
    parse(&bodies[0], 1);
    assert_false(turn_take(&turns, &bodies[1]));
    assert_true(turn_take(&turns, &bodies[0]));
    turn_used(&turns, &bodies[0], false);
    assert_string_equal(calls[1], "sr");
    assert_false(turn_take(&turns, &bodies[0]));
    turn_leave(&turns, &bodies[1]);
    assert_string_equal(calls[0], "sr");
    turn_leave(&turns, &bodies[0]);
    parse(&bodies[2], 1);
    assert_string_equal(calls[2], "");
}

static void who_does_not_have_the_place_leaves_and_uses_nothing(void **state)
{
    (void)state;
    parse(&bodies[0], 1);
    assert_false(turn_take(&turns, &bodies[1]));
    turn_leave(&turns, &bodies[2]);
    turn_used(&turns, &bodies[2], false);
    assert_string_equal(calls[1], "s");
    parse(&bodies[0], 1);
}

static void *parse_elsewhere(void *cls)
{
    parse(cls, 1);
    turn_leave(&turns, cls);
    return NULL;
}

static void each_loop_has_a_place_of_its_own(void **state)
{
    (void)state;
    pthread_t thread;
    parse(&bodies[0], 1);
    assert_false(turn_take(&turns, &bodies[1]));
    assert_int_equal(pthread_create(&thread, NULL, parse_elsewhere, &bodies[2]), 0);
    pthread_join(thread, NULL);
    assert_string_equal(calls[1], "s");
    assert_string_equal(calls[2], "");
    parse(&bodies[0], 1);
}

static void nobody_waits_when_the_server_stops(void **state)
{
    (void)state;
    parse(&bodies[0], 1);
    assert_false(turn_take(&turns, &bodies[1]));
    assert_false(turn_take(&turns, &bodies[2]));
    turns_stop(&turns);
    assert_string_equal(calls[1], "sr");
    assert_string_equal(calls[2], "sr");
    parse(&bodies[0], 1);
    parse(&bodies[1], 1);
    parse(&bodies[3], 1);
    turn_leave(&turns, &bodies[0]);
    parse(&bodies[2], 1);
    assert_string_equal(calls[1], "sr");
    assert_string_equal(calls[2], "sr");
    assert_string_equal(calls[3], "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_came),
        cmocka_unit_test(who_comes_has_two_turns),
        cmocka_unit_test(every_third_turn_is_a_slice_at_least),
        cmocka_unit_test_setup_teardown(one_alone_never_waits, begin, end),
        cmocka_unit_test_setup_teardown(others_wait_until_it_has_had_its_slices, begin, end),
        cmocka_unit_test_setup_teardown(each_has_its_slices_in_turn, begin, end),
        cmocka_unit_test_setup_teardown(who_has_nothing_to_parse_gives_up_at_once, begin, end),
        cmocka_unit_test_setup_teardown(who_does_not_have_the_place_leaves_and_uses_nothing, begin,
                                        end),
        cmocka_unit_test_setup_teardown(each_loop_has_a_place_of_its_own, begin, end),
        cmocka_unit_test_setup_teardown(nobody_waits_when_the_server_stops, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
