/*
 * test_systems.c: what systems under test are made of, without running them:
 * HAProxy's configuration, placeholders of commands, programs and ports.
 */
#include "base/clock.h"
#include "base/error.h"
#include "systems/haproxy.h"
#include "systems/launch.h"
#include "systems/listen_socket.h"
#include "systems/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void haproxy_gets_each_pod(void **state)
{
    (void)state;
    const char *const urls[] = {"http://127.0.0.1:8001", "http://127.0.0.1:8002"};
    const struct haproxy_plan plan = {
        .balance = balance_find("leastconn"),
        .ready = "/readyz",
        .listener = 3,
        .timeout_ns = 120 * NS_PER_S,
        .urls = urls,
        .count = ARRAY_LENGTH(urls),
    };
    struct buffer text = {0};
    haproxy_write(&text, &plan);
    assert_int_equal(text.error, 0);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    static const char *const lines[] = {
        "\n    bind fd@3\n",
        "\n    balance leastconn\n",
        "\n    option httpchk GET /readyz\n",
        "\n    timeout server 130000ms\n", /* the client gives up before */
        "\n    http-response set-header X-Worker %s\n",
        "\n    server pod1 127.0.0.1:8001\n    server pod2 127.0.0.1:8002\n",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(lines); i++) {
        if (!strstr(text.data, lines[i]))
            fail_msg("no line '%s' in\n%s", lines[i], text.data);
    }
    buffer_deinit(&text);
}

/* The names of the pods of each backend, in order: "1 2 3|4". */
static void assert_split(size_t pods, const char *expected)
{
    const char *urls[8] = {NULL};
    char found[64] = "";
    struct buffer text = {0};
    for (size_t i = 0; i < pods; i++)
        urls[i] = "http://127.0.0.1:8001";
    const struct haproxy_plan plan = {
        .balance = balance_find("split"),
        .ready = "/readyz",
        .urls = urls,
        .count = pods,
    };
    haproxy_write(&text, &plan);
    assert_int_equal(text.error, 0);
    assert_int_equal(buffer_append(&text, "", 1), 0);
    assert_non_null(strstr(text.data, "\n    use_backend large if large\n"));
    const char *small = strstr(text.data, "\nbackend small\n");
    const char *large = strstr(text.data, "\nbackend large\n");
    assert_true(small && large && small < large);
    for (const char *at = small; (at = strstr(at, "server pod")) != NULL; at++) {
        char name[4] = {at > large && !strchr(found, '|') ? '|' : ' ', at[10], '\0'};
        strncat(found, name, sizeof found - strlen(found) - 1);
    }
    assert_string_equal(found, expected);
    buffer_deinit(&text);
}

static void large_bodies_get_a_quarter(void **state)
{
    (void)state;
    assert_split(2, " 1|2");
    assert_split(4, " 1 2 3|4");
    assert_split(5, " 1 2 3|4 5");
    assert_split(8, " 1 2 3 4 5 6|7 8");
}

static void placeholders_are_filled_in(void **state)
{
    (void)state;
    const struct launch peer = {.words = {"x", "--fd={fd}"}, .folder = "/a b"};
    const struct launch own = {.words = {"x", "{port}"}};
    static const char *const words[] = {
        "", "plain", "{fd}", "{folder}/x:{port}", "{fd}{fd}{fd", "{else}", NULL};
    static const char *const filled[] = {"", "plain", "3", "/a b/x:80", "33{fd", "{else}"};
    struct launch_words out;
    assert_int_equal(launch_fill_in(&out, &peer, words, 80), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(filled); i++)
        assert_string_equal(out.list[i], filled[i]);
    assert_null(out.list[ARRAY_LENGTH(filled)]);
    assert_int_equal(launch_fill_in(&out, &own, words, 80), 0);
    assert_string_equal(out.list[3], "{folder}/x:80"); /* it has none */
    assert_int_equal(launch_fill_in(&out, &own, (const char *const[]){NULL}, 80), -EINVAL);
    assert_true(launch_inherits(&peer));
    assert_false(launch_inherits(&own));
}

static void commands_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const struct launch own = {.words = {"x"}};
    struct launch_words out;
    static char word[sizeof out.text + 1];
    const char *const words[] = {word, NULL};
    memset(word, 'x', sizeof out.text);
    assert_int_equal(launch_fill_in(&out, &own, words, 80), -E2BIG);
    word[sizeof out.text - 1] = '\0';
    assert_int_equal(launch_fill_in(&out, &own, words, 80), 0);
    memcpy(word + sizeof out.text - 5, "{fd}", 5);
    assert_int_equal(launch_fill_in(&out, &own, words, 80), 0);
    memcpy(word + sizeof out.text - 7, "{port}", 7);
    assert_int_equal(launch_fill_in(&out, &own, words, 12345678), -E2BIG);
}

static void programs_are_found(void **state)
{
    (void)state;
    char path[PROGRAM_PATH_SIZE];
    assert_true(program_find("sh", path));
    assert_int_equal(access(path, X_OK), 0);
    assert_true(program_find("/bin/sh", path));
    assert_string_equal(path, "/bin/sh");
    assert_false(program_find("/bin/no such program", path));
    assert_false(program_find("no such program", path));
}

static void a_port_is_taken_once(void **state)
{
    (void)state;
    unsigned port;
    unsigned same;
    int fd = listen_socket_open(0, &port);
    assert_true(fd >= 0);
    assert_true(port > 0);
    assert_int_equal(listen_socket_open(port, &same), -EADDRINUSE);
    assert_int_equal(listen_socket_open(65536, &same), -EINVAL);
    assert_string_equal(listen_socket_find(port), "127.0.0.1");
    close(fd);
    assert_null(listen_socket_find(port));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(haproxy_gets_each_pod),
        cmocka_unit_test(large_bodies_get_a_quarter),
        cmocka_unit_test(placeholders_are_filled_in),
        cmocka_unit_test(commands_that_do_not_fit_are_refused),
        cmocka_unit_test(programs_are_found),
        cmocka_unit_test(a_port_is_taken_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
