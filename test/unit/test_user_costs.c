/* test_user_costs.c: what a server tells of its users, and what each costs the others, by hand. */
#include "analysis/user_costs.h"
#include "base/error.h"
#include "report/user_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROW(user, requests, large, held, loop, square)                                             \
    "{\"user\": \"" user "\", \"error_seconds\": 0.5, \"requests\": " #requests                    \
    ", \"large\": " #large ", \"limited\": 0, \"bytes\": 2000, \"largest\": 27000000,"             \
    " \"held_seconds\": " #held ", \"loop_seconds\": " #loop ", \"loop_square_seconds\": " #square \
    ", \"sizes\": []}"

#define STATS_OF(named_by, loops, rows, requests, loop, square)                                    \
    "{\"uptime_ms\": 100000, \"serving\": {\"loops\": " #loops "}, \"users\": {\"named_by\": "     \
    "\"" named_by "\", \"error_seconds\": 0.25, \"top\": [" rows "], \"other\": "                  \
    "{\"requests\": " #requests ", \"large\": 0, \"limited\": 0, \"bytes\": 5, \"largest\": 5, "   \
    "\"held_seconds\": 1, \"loop_seconds\": " #loop ", \"loop_square_seconds\": " #square "}}}"

#define STATS(loops, rows) STATS_OF("header", loops, rows, 100, 1, 0.01)

static void parse(const char *text, struct server_users *users)
{
    char error[SERVER_USERS_ERROR_SIZE] = "";
    assert_int_equal(server_users_parse(text, strlen(text), users, error), 0);
}

static void assert_near(double value, double expected)
{
    assert_true(value > expected * 0.999999 && value < expected * 1.000001);
}

/*
 * bob's ten requests held the one loop for a second each, in 100 s: one in ten requests of others
 * meets a hold, half a second before its end.
 */
static void the_rest_of_a_hold_is_waited_for(void **state)
{
    (void)state;
    CLEANUP(server_users_deinit)
    struct server_users users;
    parse(STATS(1, ROW("bob", 10, 10, 10, 10, 10) ", " ROW("alice", 900, 0, 4, 4, 0.02)), &users);
    assert_int_equal(users.count, 2);
    assert_string_equal(users.rows[1].name, "alice");
    struct user_cost cost = user_cost_of(&users, &users.rows[0]);
    assert_near(cost.chance, 0.1);
    assert_near(cost.if_met_ms, 500);
    assert_near(cost.mean_ms, 50);
    assert_near(cost.others_s, 0.05 * 1000);
    assert_near(cost.held_share, 10.0 / 15);
    cost = user_cost_of(&users, &users.rows[1]);
    assert_near(cost.if_met_ms, 2.5);
    assert_near(cost.mean_ms, 0.1);
    assert_near(cost.others_s, 0.0001 * 110);
    const struct server_user all = user_costs_sum(&users);
    assert_int_equal(all.requests, 1010);
    assert_int_equal(all.largest, 27000000);
}

static void several_loops_share_it(void **state)
{
    (void)state;
    CLEANUP(server_users_deinit)
    struct server_users users;
    parse(STATS(4, ROW("bob", 10, 10, 10, 10, 10)), &users);
    const struct user_cost cost = user_cost_of(&users, &users.rows[0]);
    assert_near(cost.chance, 0.025);
    assert_near(cost.if_met_ms, 500);
    assert_near(cost.mean_ms, 12.5);
}

static void where_each_connection_has_a_thread_nobody_waits(void **state)
{
    (void)state;
    CLEANUP(server_users_deinit)
    struct server_users users;
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    parse(STATS(0, ROW("bob", 10, 10, 10, 10, 10)), &users);
    const struct user_cost cost = user_cost_of(&users, &users.rows[0]);
    assert_true(cost.mean_ms == 0 && cost.others_s == 0 && cost.chance == 0);
    assert_near(cost.held_share, 10.0 / 11);
    user_report_text(&users, 10, &text);
    buffer_append(&text, "", 1);
    assert_non_null(strstr(text.data, "each connection has a thread"));
    assert_non_null(strstr(text.data, "Nobody waited"));
}

/* Handlers hold no loop. */
static void what_handlers_do_costs_nobody(void **state)
{
    (void)state;
    CLEANUP(server_users_deinit)
    struct server_users users;
    parse(STATS(1, ROW("bob", 10, 10, 10, 0, 0)), &users);
    const struct user_cost cost = user_cost_of(&users, &users.rows[0]);
    assert_true(cost.mean_ms == 0);
    assert_near(cost.held_share, 10.0 / 11);
}

static void the_dearest_is_told(void **state)
{
    (void)state;
    CLEANUP(server_users_deinit)
    struct server_users users;
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    parse(STATS(1, ROW("alice", 900, 0, 40, 40, 0.02) ", " ROW("bob", 10, 10, 10, 10, 10)), &users);
    user_report_text(&users, 1, &text);
    buffer_append(&text, "", 1);
    assert_non_null(
        strstr(text.data, "Users by header, since the server's start 100 s ago; 1 event loop."));
    assert_non_null(
        strstr(text.data, "bob cost the others the most: 10 of 10 large requests are its"));
    assert_non_null(strstr(text.data, "waited 500 ms then: 50.0 ms on average, 50 s for all"));
    assert_non_null(strstr(text.data, "(others)"));
    assert_null(strstr(text.data, "| bob"));
    assert_non_null(strstr(text.data, "more users than the server follows"));
}

/* What the report says of a server. */
static void assert_told(const char *stats, const char *words, const char *not_these)
{
    CLEANUP(server_users_deinit)
    struct server_users users;
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    parse(stats, &users);
    user_report_text(&users, 10, &text);
    buffer_append(&text, "", 1);
    assert_non_null(strstr(text.data, words));
    assert_null(strstr(text.data, not_these));
}

static void where_one_user_sent_all_nobody_else_waited(void **state)
{
    (void)state;
    const char *one = STATS_OF("token", 1, ROW("bob", 10, 10, 10, 10, 10), 0, 0, 0);
    assert_told(one, "All requests are of bob: no other user sent anything.", "waited");
    assert_told(one, "| -              |", "| 50");
    assert_told(STATS_OF("token", 0, ROW("bob", 10, 10, 10, 10, 10), 0, 0, 0),
                "All requests are of bob", "Nobody waited");
    assert_told(STATS_OF("token", 1, ROW("bob", 10, 10, 10, 10, 10), 1, 0, 0),
                "bob cost the others the most", "All requests are of bob");
}

/* They are several, of whom none is known: nobody may say that nobody waited. */
static void holds_of_users_that_are_not_told_count(void **state)
{
    (void)state;
    assert_told(STATS_OF("token", 1, ROW("bob", 10, 0, 1, 0, 0), 100, 3, 0.5),
                "Users that the server does not tell one by one held a loop for 3 s",
                "Nobody waited");
    assert_told(STATS_OF("token", 1, ROW("bob", 10, 0, 1, 0, 0), 100, 0, 0), "Nobody waited",
                "does not tell one by one");
}

static void what_was_before_is_taken_off(void **state)
{
    (void)state;
    CLEANUP(server_users_deinit)
    struct server_users now;
    CLEANUP(server_users_deinit)
    struct server_users before;
    parse(STATS(1, ROW("bob", 10, 10, 10, 10, 10) ", " ROW("new", 2, 0, 3, 3, 1)), &now);
    parse(STATS(1, ROW("bob", 6, 4, 9, 9, 9) ", " ROW("gone", 2, 0, 3, 3, 1)), &before);
    now.time_s += 20;
    assert_int_equal(server_users_forget(&now, &before, 20), 0);
    assert_near(now.time_s, 20);
    assert_int_equal(now.count, 2);
    assert_string_equal(now.rows[0].name, "new");
    assert_int_equal(now.rows[1].requests, 4);
    assert_int_equal(now.rows[1].large, 6);
    assert_near(now.rows[1].held_s, 1);
    assert_int_equal(now.others.requests, 0);
    parse(STATS(1, ROW("bob", 6, 4, 9, 9, 9)), (server_users_deinit(&now), &now));
    assert_int_equal(server_users_forget(&now, &before, 0), 0);
    assert_int_equal(now.count, 0);
}

/* It may have run for longer than the one before had when that was asked. */
static void a_server_that_was_started_anew_is_no_difference(void **state)
{
    (void)state;
    static const struct {
        double time_s;
        double elapsed_s;
    } rows[] = {{50, 20}, {99.9, 0}, {110, 120}};
    CLEANUP(server_users_deinit)
    struct server_users now;
    CLEANUP(server_users_deinit)
    struct server_users before;
    parse(STATS(1, ROW("bob", 3, 1, 1, 1, 1)), &now);
    parse(STATS(1, ROW("bob", 6, 4, 9, 9, 9)), &before);
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        now.time_s = rows[i].time_s;
        assert_int_equal(server_users_forget(&now, &before, rows[i].elapsed_s),
                         SERVER_USERS_RESTARTED);
        assert_true(now.since_start && now.rows[0].requests == 3);
    }
}

static void other_documents_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "x",
        "[]",
        "{}",
        "{\"users\": 1}",
        "{\"uptime_ms\": 1, \"serving\": {\"loops\": 1}, \"users\": {\"top\": []}}",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP(server_users_deinit)
        struct server_users users;
        char error[SERVER_USERS_ERROR_SIZE] = "";
        assert_int_equal(server_users_parse(rows[i], strlen(rows[i]), &users, error),
                         SERVER_USERS_UNTOLD);
        assert_true(strlen(error) > 0);
    }
}

static void names_can_be_printed(void **state)
{
    (void)state;
    CLEANUP(server_users_deinit)
    struct server_users users;
    parse(STATS_OF("t\\u001b[2J|", 1, ROW("a\\u001b[2J|\\u00fc", 1, 0, 1, 1, 1), 1, 1, 1), &users);
    assert_string_equal(users.named_by, "t?[2J?");
    assert_string_equal(users.rows[0].name, "a?[2J???");
}

static void all_of_it_is_in_the_document(void **state)
{
    (void)state;
    CLEANUP(server_users_deinit)
    struct server_users users;
    parse(STATS(1, ROW("bob", 10, 10, 10, 10, 10) ", " ROW("alice", 900, 0, 4, 4, 0.02)), &users);
    json_t *root = user_report_json(&users, "http://me:pass@host:1");
    assert_non_null(root);
    assert_int_equal(json_array_size(json_object_get(root, "users")), 2);
    const json_t *bob = json_array_get(json_object_get(root, "users"), 0);
    assert_near(json_number_value(json_object_get(bob, "wait_mean_ms")), 50);
    assert_near(json_number_value(json_object_get(bob, "others_waited_seconds")), 50);
    assert_null(strstr(json_string_value(json_object_get(root, "url")), "pass"));
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rest_of_a_hold_is_waited_for),
        cmocka_unit_test(several_loops_share_it),
        cmocka_unit_test(where_each_connection_has_a_thread_nobody_waits),
        cmocka_unit_test(what_handlers_do_costs_nobody),
        cmocka_unit_test(the_dearest_is_told),
        cmocka_unit_test(where_one_user_sent_all_nobody_else_waited),
        cmocka_unit_test(holds_of_users_that_are_not_told_count),
        cmocka_unit_test(what_was_before_is_taken_off),
        cmocka_unit_test(a_server_that_was_started_anew_is_no_difference),
        cmocka_unit_test(other_documents_are_refused),
        cmocka_unit_test(names_can_be_printed),
        cmocka_unit_test(all_of_it_is_in_the_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
