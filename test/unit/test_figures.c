/* test_figures.c: endpoint/figures.c: /stats and /metrics, made in parts that hold no loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "endpoint/rows.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { PLACES = 3, NAMES = SKETCH_USERS, MOST_TURNS = 1000 };

/* So much is written in one turn at the most: of a thousand users it would be 300 kB. */
enum { TURN_BYTES = 48 << 10 };

static struct endpoint_context context = {
    .mode = "select", .poll = "epoll", .named_by = "header", .serving = {.loops = 1}};

static int make_context(void **state)
{
    (void)state;
    context.stats = stats_new(PLACES, 1);
    context.users = users_new(PLACES);
    context.budget.counts = budget_new(1 << 20, PLACES);
    if (!context.stats || !context.users || !context.budget.counts)
        return -1;
    for (unsigned i = 0; i < PLACES * NAMES; i++) {
        char text[USER_BYTES + 1];
        const struct user_request request = {.bytes = i, .held_ns = i + 1, .loop_ns = i};
        const int length = snprintf(text, sizeof text, "user %u with a name as long as any", i);
        const struct user_name name = users_name_of_text(context.users, text, (size_t)length);
        users_record(context.users, i % PLACES, &name, users_hash(context.users, &name), &request);
    }
    for (int64_t ns = 1; ns < INT64_C(10000000000); ns = ns * 2 + 1)
        stats_hold(context.stats, ns, ns);
    return 0;
}

static int free_context(void **state)
{
    (void)state;
    budget_free(context.budget.counts);
    users_free(context.users);
    stats_free(context.stats);
    return 0;
}

/* The next turn; what it has written is little. Returns as finish does. */
static int turn(struct endpoint_call *call, struct endpoint_answer *answer)
{
    const size_t before = answer->body.length;
    const int result = call->endpoint->finish(call, answer);
    assert_true(answer->body.length - before <= TURN_BYTES);
    return result;
}

/* All turns of an endpoint. Returns how many there were. */
static unsigned tell(const struct endpoint *endpoint, struct buffer *text)
{
    struct endpoint_call call = {.endpoint = endpoint, .context = &context};
    struct endpoint_answer answer;
    unsigned turns = 1;
    endpoint_answer_init(&answer);
    assert_int_equal(endpoint->begin(&call), 0);
    int result;
    for (; (result = turn(&call, &answer)) == ENDPOINT_AGAIN; turns++)
        assert_true(turns < MOST_TURNS);
    assert_int_equal(result, 0);
    endpoint->destroy(&call);
    endpoint->destroy(&call);
    *text = answer.body;
    return turns;
}

static void a_thousand_users_are_told_in_many_turns(void **state)
{
    (void)state;
    CLEANUP(buffer_deinit)
    struct buffer text;
    const unsigned turns = tell(&endpoint_stats, &text);
    assert_in_range(turns, SKETCH_USERS / 64, MOST_TURNS);
    json_t *told = json_loadb(text.data, text.length, 0, NULL);
    assert_non_null(told);
    const json_t *users = json_object_get(told, "users");
    const json_t *top = json_object_get(users, "top");
    assert_int_equal(json_array_size(top), SKETCH_USERS);
    json_int_t sum =
        json_integer_value(json_object_get(json_object_get(users, "other"), "requests"));
    for (size_t i = 0; i < json_array_size(top); i++)
        sum += json_integer_value(json_object_get(json_array_get(top, i), "requests"));
    assert_int_equal(sum, PLACES * NAMES);
    static const char *const members[] = {"requests", "loop_hold_ms", "process", "workers"};
    for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
        assert_non_null(json_object_get(told, members[i]));
    json_decref(told);
}

static void metrics_are_told_in_turns_too(void **state)
{
    (void)state;
    CLEANUP(buffer_deinit)
    struct buffer text;
    assert_true(tell(&endpoint_metrics, &text) > PLACES);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    static const char *const lines[] = {
        "\nlooplag_processes 1\n",
        "\nlooplag_loop_hold_seconds_bucket{le=\"+Inf\"} 33\n",
        "\nlooplag_user_body_bytes_count{user=\"user 2999 with a name as long as any\"} 1\n",
        "\nlooplag_other_users_requests 2950\n",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(lines); i++)
        assert_non_null(strstr(text.data, lines[i]));
}

/* Its client goes away: all is given back, wherever it was. */
static void it_may_end_after_any_turn(void **state)
{
    (void)state;
    int result = ENDPOINT_AGAIN;
    for (unsigned turns = 0; result == ENDPOINT_AGAIN; turns++) {
        CLEANUP(buffer_deinit)
        struct buffer text = {0};
        struct endpoint_call call = {.endpoint = &endpoint_stats, .context = &context};
        struct endpoint_answer answer;
        endpoint_answer_init(&answer);
        assert_int_equal(endpoint_stats.begin(&call), 0);
        for (unsigned i = 0; i < turns; i++)
            result = turn(&call, &answer);
        endpoint_stats.destroy(&call);
        assert_null(call.state);
        text = answer.body;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_users_are_told_in_many_turns),
        cmocka_unit_test(metrics_are_told_in_turns_too),
        cmocka_unit_test(it_may_end_after_any_turn),
    };
    return cmocka_run_group_tests(tests, make_context, free_context);
}
