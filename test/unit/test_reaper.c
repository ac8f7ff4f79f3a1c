/* test_reaper.c: who makes room for a connection that finds no place. */
#include "http/reaper.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const char head[] = "GET / HTTP/1.1\r\n\r\n";

/* One connection of a server that has room for none, and its client. */
struct fixture {
    struct stats *stats;
    struct connections connections;
    struct reaper reaper;
    struct link *link;
    const struct worker *here;
    int client;
};

static void connect_tcp(int ends[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(ends[0], (struct sockaddr *)&address, length), 0);
    ends[1] = accept(listener, NULL, NULL);
    assert_true(ends[1] >= 0);
    close(listener);
}

/* The connection is old enough to make room. */
static void begin(struct fixture *fixture, const int ends[2])
{
    memset(fixture, 0, sizeof *fixture);
    fixture->stats = stats_new(1, 1);
    connections_init(&fixture->connections);
    fixture->reaper =
        (struct reaper){.connections = &fixture->connections, .stats = fixture->stats};
    fixture->client = ends[0];
    fixture->link =
        connections_add(&fixture->connections, ends[1], stats_place(fixture->stats, 0), NULL);
    assert_non_null(fixture->link);
    fixture->link->sighting.since_ns -= 100 * NS_PER_MS;
}

static int begin_tcp(void **state)
{
    static struct fixture fixture;
    int ends[2];
    connect_tcp(ends);
    begin(&fixture, ends);
    *state = &fixture;
    return 0;
}

static int begin_local(void **state)
{
    static struct fixture fixture;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    begin(&fixture, ends);
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    close(fixture->client);
    close(fixture->link->fd);
    connections_remove(&fixture->connections, fixture->link);
    connections_deinit(&fixture->connections);
    stats_free(fixture->stats);
    return 0;
}

static void say(const struct fixture *fixture, const char *text)
{
    const ssize_t length = (ssize_t)strlen(text);
    assert_int_equal(send(fixture->client, text, (size_t)length, 0), length);
    char byte;
    assert_int_equal(recv(fixture->link->fd, &byte, 1, MSG_PEEK), 1);
}

/* As its loop does, which has not come to say so. */
static void read_all(const struct fixture *fixture)
{
    char bytes[100];
    assert_true(recv(fixture->link->fd, bytes, sizeof bytes, 0) > 0);
}

static void say_a_head_that_is_read(const struct fixture *fixture)
{
    say(fixture, head);
    read_all(fixture);
}

/* A turn later: it has had a request, whose bytes are no part of the next. */
static void answer(const struct fixture *fixture)
{
    connections_turn(fixture->link, LINK_BODY);
    connections_turn(fixture->link, LINK_HEAD);
    struct sighting *sighting = &fixture->link->sighting;
    const struct deadlines none = {0};
    const struct sight sight = {
        .now_ns = clock_now_ns() - 100 * NS_PER_MS,
        .turn = fixture->link->turn,
        .bytes = connections_bytes_read(fixture->link),
    };
    deadlines_judge(&none, sighting, &sight);
}

static bool makes_room(struct fixture *fixture)
{
    const bool made = reaper_make_room(&fixture->reaper, fixture->here);
    assert_int_equal(made, link_phase_of(fixture->link->turn) == LINK_CUT);
    return made;
}

static void who_has_said_nothing_makes_room(void **state)
{
    struct fixture *fixture = *state;
    assert_true(makes_room(fixture));
}

static void who_has_just_come_does_not(void **state)
{
    struct fixture *fixture = *state;
    fixture->link->sighting.since_ns = INT64_MAX;
    assert_false(makes_room(fixture));
}

static void a_head_that_lies_unread_is_answered(void **state)
{
    struct fixture *fixture = *state;
    say(fixture, head);
    assert_false(makes_room(fixture));
}

static void a_head_that_was_just_read_is_answered(void **state)
{
    struct fixture *fixture = *state;
    say_a_head_that_is_read(fixture);
    assert_false(makes_room(fixture));
    fixture->link->sighting.read_ns = clock_now_ns();
    assert_false(makes_room(fixture));
}

static void what_this_loop_has_read_it_has_dealt_with(void **state)
{
    struct fixture *fixture = *state;
    fixture->here = fixture->link->worker;
    say(fixture, "GET");
    assert_false(makes_room(fixture));
    read_all(fixture);
    assert_true(makes_room(fixture));
}

static void a_part_of_a_head_that_was_read_long_ago_makes_room(void **state)
{
    struct fixture *fixture = *state;
    say(fixture, "GET");
    read_all(fixture);
    say(fixture, " /");
    fixture->link->sighting.read_ns = clock_now_ns() - NS_PER_S;
    assert_true(makes_room(fixture));
}

static void a_kept_connection_makes_room(void **state)
{
    struct fixture *fixture = *state;
    say_a_head_that_is_read(fixture);
    answer(fixture);
    assert_true(makes_room(fixture));
}

static void the_next_head_that_was_just_read_is_answered(void **state)
{
    struct fixture *fixture = *state;
    say_a_head_that_is_read(fixture);
    answer(fixture);
    say(fixture, head);
    assert_false(makes_room(fixture));
    read_all(fixture);
    assert_false(makes_room(fixture));
}

/* Nobody can tell whether it has said anything, so it has longer. */
static void a_local_socket_makes_room_later(void **state)
{
    struct fixture *fixture = *state;
    assert_false(makes_room(fixture));
    fixture->link->sighting.since_ns -= NS_PER_S;
    assert_true(makes_room(fixture));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_tcp, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_has_said_nothing_makes_room),
        TEST(who_has_just_come_does_not),
        TEST(a_head_that_lies_unread_is_answered),
        TEST(a_head_that_was_just_read_is_answered),
        TEST(what_this_loop_has_read_it_has_dealt_with),
        TEST(a_part_of_a_head_that_was_read_long_ago_makes_room),
        TEST(a_kept_connection_makes_room),
        TEST(the_next_head_that_was_just_read_is_answered),
        cmocka_unit_test_setup_teardown(a_local_socket_makes_room_later, begin_local, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
