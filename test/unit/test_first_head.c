/* Tests of src/daemon/first_head and heads: what is known of a request before a worker is chosen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "daemon/heads.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGE = 65536 };

#define POST "POST /ping HTTP/1.1\r\n"

static enum first_head judge(const char *text)
{
    return first_head_judge(text, strlen(text), LARGE);
}

static void a_length_decides_as_soon_as_its_line_has_come(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum first_head head;
    } cases[] = {
        {"", FIRST_HEAD_MORE},
        {"P", FIRST_HEAD_MORE},
        {POST, FIRST_HEAD_MORE},
        {POST "Content-Length: 65536", FIRST_HEAD_MORE},
        {POST "Content-Length: 65536\r", FIRST_HEAD_MORE},
        {POST "Content-Length: 65536\r\n", FIRST_HEAD_LARGE},
        {POST "Content-Length: 65535\r\n", FIRST_HEAD_OTHER},
        {POST "Host: a\r\ncontent-LENGTH:\t 65536 \r\nX: y", FIRST_HEAD_LARGE},
        {POST "X-Content-Length: 65536\r\n", FIRST_HEAD_MORE},
        {POST "Content-Length: 99999999999999999999999999\r\n", FIRST_HEAD_LARGE},
        {POST "Content-Length: 0000000000000000000000000000065536\r\n", FIRST_HEAD_LARGE},
        {POST "Content-Length:\r\n", FIRST_HEAD_OTHER},
        {POST "Content-Length: many\r\n", FIRST_HEAD_OTHER},
        {POST "Content-Length: 1\r\nContent-Length: 65536\r\n", FIRST_HEAD_OTHER},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_int_equal(judge(cases[i].text), cases[i].head);
    assert_int_equal(
        first_head_judge(POST "Content-Length: 18446744073709551615\r\n", 60, UINT64_MAX),
        FIRST_HEAD_LARGE);
}

static void without_a_length_the_end_of_the_head_decides(void **state)
{
    (void)state;
    assert_int_equal(judge("GET / HTTP/1.1\r\nHost: a\r\n\r"), FIRST_HEAD_MORE);
    assert_int_equal(judge("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), FIRST_HEAD_OTHER);
    assert_int_equal(judge("GET / HTTP/1.1\n\n"), FIRST_HEAD_OTHER);
    assert_int_equal(judge(POST "Transfer-Encoding: chunked\r\n\r\n"), FIRST_HEAD_OTHER);
    /* What comes behind it is another request's. */
    assert_int_equal(judge("GET / HTTP/1.1\r\n\r\n" POST "Content-Length: 65536\r\n"),
                     FIRST_HEAD_OTHER);
}

static void what_is_no_plain_http_is_not_waited_for(void **state)
{
    (void)state;
    assert_int_equal(first_head_judge("\x16\x03\x01\x02\x00", 5, LARGE), FIRST_HEAD_OTHER);
    assert_int_equal(judge("\r\n" POST), FIRST_HEAD_OTHER);
    assert_int_equal(first_head_judge("\0", 1, LARGE), FIRST_HEAD_OTHER);
}

/* --- those that wait -------------------------------------------------------- */

struct waiters {
    struct heads heads;
    int peer; /* of the one that waits */
};

static struct accepted a_pair(int *peer)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    *peer = pair[1];
    return (struct accepted){.fd = pair[0]};
}

static int set_up(void **state)
{
    struct waiters *waiters = calloc(1, sizeof *waiters);
    assert_non_null(waiters);
    assert_int_equal(heads_init(&waiters->heads, LARGE), 0);
    const struct accepted accepted = a_pair(&waiters->peer);
    assert_int_equal(heads_look(&waiters->heads, accepted.fd), FIRST_HEAD_MORE);
    assert_true(heads_wait(&waiters->heads, &accepted));
    *state = waiters;
    return 0;
}

static int tear_down(void **state)
{
    struct waiters *waiters = *state;
    close(waiters->peer);
    heads_deinit(&waiters->heads);
    heads_deinit(&waiters->heads);
    free(waiters);
    return 0;
}

static void say(const struct waiters *waiters, const char *text)
{
    assert_int_equal(write(waiters->peer, text, strlen(text)), strlen(text));
}

static void assert_ready(struct waiters *waiters, enum first_head head)
{
    struct waiting *waiting = heads_ready(&waiters->heads);
    assert_non_null(waiting);
    assert_int_equal(waiting->head, head);
    close(waiting->accepted.fd);
    heads_forget(&waiters->heads, waiting);
    assert_int_equal(heads_count(&waiters->heads), 0);
    assert_int_equal(heads_due_ms(&waiters->heads), -1);
}

static void one_waits_until_its_length_has_come(void **state)
{
    struct waiters *waiters = *state;
    assert_null(heads_ready(&waiters->heads));
    assert_in_range(heads_due_ms(&waiters->heads), 0, 500);
    say(waiters, POST);
    say(waiters, "Content-Length: 7000");
    assert_null(heads_ready(&waiters->heads));
    say(waiters, "0\r\n");
    assert_ready(waiters, FIRST_HEAD_LARGE);
}

static void one_that_ends_is_not_waited_for(void **state)
{
    struct waiters *waiters = *state;
    close(waiters->peer);
    waiters->peer = -1;
    assert_ready(waiters, FIRST_HEAD_OTHER);
}

static void drips_are_looked_at_a_few_times_only(void **state)
{
    struct waiters *waiters = *state;
    struct waiting *waiting = NULL;
    unsigned drips = 0;
    for (; !waiting && drips < 1000; drips++) {
        say(waiters, "X");
        waiting = heads_ready(&waiters->heads);
    }
    assert_in_range(drips, 2, 16);
    assert_ready(waiters, waiting->head);
}

static void nobody_waits_when_it_hurries(void **state)
{
    struct waiters *waiters = *state;
    int peer;
    heads_hurry(&waiters->heads);
    const struct accepted late = a_pair(&peer);
    assert_false(heads_wait(&waiters->heads, &late));
    assert_ready(waiters, FIRST_HEAD_MORE);
    close(late.fd);
    close(peer);
}

static void only_so_many_wait(void **state)
{
    struct waiters *waiters = *state;
    int peers[HEADS_MOST];
    for (unsigned i = 1; i < HEADS_MOST; i++) {
        const struct accepted accepted = a_pair(&peers[i]);
        assert_true(heads_wait(&waiters->heads, &accepted));
    }
    const struct accepted late = a_pair(&peers[0]);
    assert_false(heads_wait(&waiters->heads, &late));
    close(late.fd);
    for (unsigned i = 0; i < HEADS_MOST; i++)
        close(peers[i]);
}

static void without_heads_nothing_is_looked_at(void **state)
{
    (void)state;
    assert_int_equal(heads_look(NULL, -1), FIRST_HEAD_OTHER);
    assert_null(heads_ready(NULL));
    assert_int_equal(heads_count(NULL), 0);
    assert_int_equal(heads_events(NULL), -1);
    assert_int_equal(heads_due_ms(NULL), -1);
    heads_hurry(NULL);
    heads_deinit(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_decides_as_soon_as_its_line_has_come),
        cmocka_unit_test(without_a_length_the_end_of_the_head_decides),
        cmocka_unit_test(what_is_no_plain_http_is_not_waited_for),
        cmocka_unit_test_setup_teardown(one_waits_until_its_length_has_come, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_ends_is_not_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(drips_are_looked_at_a_few_times_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_waits_when_it_hurries, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_so_many_wait, set_up, tear_down),
        cmocka_unit_test(without_heads_nothing_is_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
