/* test_deadlines.c: what is seen of a connection, look by look, and which deadline is over. */
#include "http/deadlines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct deadlines deadlines = {
    .header_ns = 10 * NS_PER_S,
    .body_ns = 30 * NS_PER_S,
    .idle_ns = 60 * NS_PER_S,
    .rate = 1000,
};

/* A look at `s` seconds, at a connection in its `requests`-th change that has sent `bytes`. */
static enum stats_limit look(struct sighting *sighting, enum link_phase phase, unsigned changes,
                             int64_t s, uint64_t bytes, bool unread)
{
    const struct sight sight = {
        .now_ns = s * NS_PER_S,
        .turn = changes * LINK_TURN + phase,
        .bytes = bytes,
        .unread = unread,
    };
    return deadlines_judge(&deadlines, sighting, &sight);
}

static void a_first_head_has_its_time_from_the_beginning(void **state)
{
    (void)state;
    struct sighting sighting;
    sighting_begin(&sighting, 0);
    for (int64_t s = 0; s <= 10; s++)
        assert_int_equal(look(&sighting, LINK_HEAD, 0, s, (uint64_t)s, false), STATS_NO_LIMIT);
    assert_int_equal(look(&sighting, LINK_HEAD, 0, 11, 11, false), STATS_HEADER_TIMEOUT);
}

static void a_later_head_has_its_time_from_its_first_byte(void **state)
{
    (void)state;
    struct sighting sighting;
    sighting_begin(&sighting, 0);
    for (int64_t s = 1; s <= 50; s++)
        assert_int_equal(look(&sighting, LINK_HEAD, 4, s, 100, false), STATS_NO_LIMIT);
    for (int64_t s = 51; s <= 61; s++)
        assert_int_equal(look(&sighting, LINK_HEAD, 4, s, 50 + (uint64_t)s, false), STATS_NO_LIMIT);
    assert_int_equal(look(&sighting, LINK_HEAD, 4, 62, 200, false), STATS_HEADER_TIMEOUT);
}

static void a_kept_connection_may_be_idle_for_so_long(void **state)
{
    (void)state;
    struct sighting sighting;
    sighting_begin(&sighting, 0);
    assert_int_equal(look(&sighting, LINK_HEAD, 4, 100, 9, false), STATS_NO_LIMIT);
    assert_int_equal(look(&sighting, LINK_HEAD, 4, 160, 9, false), STATS_NO_LIMIT);
    assert_int_equal(look(&sighting, LINK_HEAD, 4, 161, 9, false), STATS_IDLE_TIMEOUT);
    /* A request in between, which nobody saw, begins its time anew. */
    assert_int_equal(look(&sighting, LINK_HEAD, 8, 200, 99, false), STATS_NO_LIMIT);
    assert_int_equal(look(&sighting, LINK_HEAD, 8, 260, 99, false), STATS_NO_LIMIT);
}

static void bytes_of_a_head_that_were_read_are_noted_from_the_first_look(void **state)
{
    (void)state;
    struct sighting sighting;
    sighting_begin(&sighting, 0);
    look(&sighting, LINK_HEAD, 0, 1, 0, false);
    look(&sighting, LINK_HEAD, 0, 2, 5, true);
    assert_int_equal(sighting.read_ns, 0);
    look(&sighting, LINK_HEAD, 0, 3, 5, false);
    look(&sighting, LINK_HEAD, 0, 4, 6, true);
    assert_int_equal(sighting.read_ns, 3 * NS_PER_S);
    /* The next head: what came before it is none of it. */
    look(&sighting, LINK_HEAD, 4, 5, 100, false);
    look(&sighting, LINK_HEAD, 4, 6, 100, false);
    assert_int_equal(sighting.read_ns, 0);
    look(&sighting, LINK_HEAD, 4, 7, 101, false);
    assert_int_equal(sighting.read_ns, 7 * NS_PER_S);
}

static void a_body_may_pause_for_so_long(void **state)
{
    (void)state;
    struct sighting sighting;
    sighting_begin(&sighting, 0);
    look(&sighting, LINK_BODY, 1, 1, 0, false);
    assert_int_equal(look(&sighting, LINK_BODY, 1, 2, 1000000, false), STATS_NO_LIMIT);
    assert_int_equal(look(&sighting, LINK_BODY, 1, 32, 1000000, false), STATS_NO_LIMIT);
    assert_int_equal(look(&sighting, LINK_BODY, 1, 33, 1000000, false), STATS_BODY_TIMEOUT);
}

static void a_body_has_a_grace_and_a_second_for_each_kilobyte(void **state)
{
    (void)state;
    struct sighting sighting;
    sighting_begin(&sighting, 0);
    look(&sighting, LINK_BODY, 1, 10, 500, false);
    assert_int_equal(look(&sighting, LINK_BODY, 1, 15, 500, false), STATS_NO_LIMIT);
    assert_int_equal(look(&sighting, LINK_BODY, 1, 20, 5500, false), STATS_NO_LIMIT);
    assert_int_equal(look(&sighting, LINK_BODY, 1, 21, 6499, false), STATS_BODY_RATE);
    assert_int_equal(look(&sighting, LINK_BODY, 1, 21, 6500, false), STATS_NO_LIMIT);
}

static void a_reply_has_the_same_deadlines(void **state)
{
    (void)state;
    struct sighting sighting;
    sighting_begin(&sighting, 0);
    look(&sighting, LINK_REPLY, 3, 0, 0, false);
    assert_int_equal(look(&sighting, LINK_REPLY, 3, 5, 0, false), STATS_NO_LIMIT);
    assert_int_equal(look(&sighting, LINK_REPLY, 3, 6, 0, false), STATS_REPLY_TIMEOUT);
    look(&sighting, LINK_REPLY, 3, 7, 1000000, false);
    assert_int_equal(look(&sighting, LINK_REPLY, 3, 37, 1000000, false), STATS_NO_LIMIT);
    assert_int_equal(look(&sighting, LINK_REPLY, 3, 38, 1000000, false), STATS_REPLY_TIMEOUT);
}

static void time_stands_still_while_the_server_does_not_read(void **state)
{
    (void)state;
    static const enum link_phase phases[] = {LINK_HEAD, LINK_BODY};
    for (unsigned i = 0; i < 2; i++) {
        struct sighting sighting;
        sighting_begin(&sighting, 0);
        look(&sighting, phases[i], i, 0, 10, false);
        for (int64_t s = 1; s <= 1000; s++)
            assert_int_equal(look(&sighting, phases[i], i, s, 20, true), STATS_NO_LIMIT);
        assert_int_equal(look(&sighting, phases[i], i, 1004, 20, false), STATS_NO_LIMIT);
        assert_int_not_equal(look(&sighting, phases[i], i, 1011, 20, false), STATS_NO_LIMIT);
    }
}

static void what_the_server_owes_has_no_deadline(void **state)
{
    (void)state;
    struct sighting sighting;
    sighting_begin(&sighting, 0);
    for (int64_t s = 0; s <= 1000; s += 100) {
        assert_int_equal(look(&sighting, LINK_WORK, 2, s, 10, false), STATS_NO_LIMIT);
    }
    for (int64_t s = 1100; s <= 2000; s += 100)
        assert_int_equal(look(&sighting, LINK_CUT, 2, s, 10, false), STATS_NO_LIMIT);
}

static void zero_is_no_deadline(void **state)
{
    (void)state;
    static const struct deadlines none;
    for (enum link_phase phase = LINK_HEAD; phase <= LINK_CUT; phase++) {
        struct sighting sighting;
        sighting_begin(&sighting, 0);
        for (int64_t s = 0; s < 100000; s += 1000) {
            const struct sight sight = {.now_ns = s * NS_PER_S, .turn = LINK_TURN + phase};
            assert_int_equal(deadlines_judge(&none, &sighting, &sight), STATS_NO_LIMIT);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_head_has_its_time_from_the_beginning),
        cmocka_unit_test(a_later_head_has_its_time_from_its_first_byte),
        cmocka_unit_test(a_kept_connection_may_be_idle_for_so_long),
        cmocka_unit_test(bytes_of_a_head_that_were_read_are_noted_from_the_first_look),
        cmocka_unit_test(a_body_may_pause_for_so_long),
        cmocka_unit_test(a_body_has_a_grace_and_a_second_for_each_kilobyte),
        cmocka_unit_test(a_reply_has_the_same_deadlines),
        cmocka_unit_test(time_stands_still_while_the_server_does_not_read),
        cmocka_unit_test(what_the_server_owes_has_no_deadline),
        cmocka_unit_test(zero_is_no_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
