/* test_request.c: the framing guard and the request state machine, as scripted conversations. */
#include "endpoint/rows.h"
#include "http/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_BODY = 1000 };

/* "Name: value" lines through the guard, as the server sees them. */
static struct guard guard_lines(const char *const *lines)
{
    struct guard guard = {0};
    for (; *lines; lines++) {
        const char *colon = strchr(*lines, ':');
        const char *value = colon + 1;
        while (*value == ' ')
            value++;
        guard_header(&guard, *lines, (size_t)(colon - *lines), value, strlen(value));
    }
    guard_finish(&guard, true);
    return guard;
}

static void names_are_made_of_token_characters(void **state)
{
    (void)state;
    static const char tokens[] = "!#$%&'*+-.^_`|~0123456789"
                                 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (int byte = 0; byte < 256; byte++) {
        struct guard guard = {0};
        const char name[] = {'a', (char)byte};
        guard_header(&guard, name, sizeof name, "1", 1);
        assert_int_equal(guard.status, byte && strchr(tokens, byte) ? 0 : 400);
    }
}

static void values_hold_no_controls(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        struct guard guard = {0};
        const char value[] = {'a', (char)byte};
        bool control = (byte < ' ' && byte != '\t') || byte == 0x7f;
        guard_header(&guard, "a", 1, value, sizeof value);
        assert_int_equal(guard.status, control ? 400 : 0);
    }
}

static void ambiguous_heads_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *lines[4];
        int status;
    } rows[] = {
        {{"Host: a", NULL}, 0},
        {{"Host: a", "Content-Length: 5", NULL}, 0},
        {{"Host: a", "transfer-encoding: CHUNKED", NULL}, 0},
        {{"X: 1", NULL}, 400},
        {{"Host: a", "Host: b", NULL}, 400},
        {{"Host: a", "Content-Length: 5", "Content-Length: 5", NULL}, 400},
        {{"Host: a", "Content-Length: 5", "Transfer-Encoding: chunked", NULL}, 400},
        {{"Host: a", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", NULL}, 400},
        {{"Host: a", "Transfer-Encoding: gzip, chunked", NULL}, 501},
        {{"Host: a", "Transfer-Encoding: xchunked", NULL}, 501},
        {{"Host: a", "Transfer-Encoding:", NULL}, 501},
        {{"Host: a", "Content-Length:", NULL}, 400},
        {{"Host: a", "Content-Length: +5", NULL}, 400},
        {{"Host: a", "Content-Length: -1", NULL}, 400},
        {{"Host: a", "Content-Length: 5, 5", NULL}, 400},
        {{"Host: a", "Content-Length: 0x5", NULL}, 400},
        {{"Host: a", "Content-Length: 18446744073709551615", NULL}, 413},
        {{"Host: a", "Content-Length: 99999999999999999999999", NULL}, 413},
        {{"Host: a", "Content-Length : 5", NULL}, 400},
        {{"Host: a", "Content-Lengthx: 5", NULL}, 400},
        {{"Host: a", "Transfer-Encodingchunked: 5", NULL}, 400},
        {{"Host: a", "X\x01: 5", NULL}, 400},
        {{"Host: a", "X: a\x01b", NULL}, 400},
        {{"Host: a", "X: a\x7f", NULL}, 400},
        {{"Host: a", "X: tab\tis fine, \xc3\xa9 too", NULL}, 0},
        {{"Host: a", ": 5", NULL}, 400},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct guard guard = guard_lines(rows[i].lines);
        assert_int_equal(guard.status, rows[i].status);
        assert_true((guard.detail != NULL) == (rows[i].status != 0));
    }
}

static void http_1_0_needs_no_host(void **state)
{
    (void)state;
    struct guard guard = {0};
    guard_finish(&guard, false);
    assert_int_equal(guard.status, 0);
}

static const struct request_limits limits = {.all = MAX_BODY};

/* A good POST /ping with a body of `length` bytes (-1: chunked). */
static struct request_head post(const char *path, long length)
{
    struct request_head head = {.method = "POST",
                                .path = path,
                                .version = "HTTP/1.1",
                                .content_type = "application/json",
                                .guard = {.hosts = 1}};
    if (length < 0)
        head.guard.encodings = 1;
    else
        head.guard = (struct guard){.hosts = 1, .lengths = 1, .content_length = (uint64_t)length};
    return head;
}

static void good_requests_go_on(void **state)
{
    (void)state;
    struct request request;
    struct request_head head = post("/ping", 10);
    assert_int_equal(request_begin(&request, &head, &limits), REQUEST_GO_ON);
    assert_int_equal(request_chunk(&request, 4), REQUEST_GO_ON);
    assert_int_equal(request_chunk(&request, 6), REQUEST_GO_ON);
    assert_int_equal(request.status, 0);
    assert_int_equal(request.received, 10);
    assert_string_equal(request.endpoint->path, "/ping");
    head.content_type = NULL;
    assert_int_equal(request_begin(&request, &head, &limits), REQUEST_GO_ON);
    assert_int_equal(request.status, 0);
    struct request_head get = {
        .method = "HEAD", .path = "/healthz", .version = "HTTP/1.0", .guard = {.hosts = 0}};
    assert_int_equal(request_begin(&request, &get, &limits), REQUEST_GO_ON);
    assert_int_equal(request.status, 0);
}

static void content_types_are_judged(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        int status;
    } rows[] = {
        {"application/json", 0},
        {"Application/JSON; charset=utf-8", 0},
        {"application/json;charset=utf-8", 0},
        {"application/vnd.api+json", 0},
        {"text/json", 415},
        {"application/x-www-form-urlencoded", 415},
        {"application/jsonx", 415},
        {"application/+json", 415},
        {"", 415},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct request request;
        struct request_head head = post("/pong", 10);
        head.content_type = rows[i].type;
        request_begin(&request, &head, &limits);
        assert_int_equal(request.status, rows[i].status);
    }
}

static void small_refused_bodies_are_drained(void **state)
{
    (void)state;
    struct request request;
    struct request_head head = post("/nope", 10);
    assert_int_equal(request_begin(&request, &head, &limits), REQUEST_GO_ON);
    assert_int_equal(request.status, 404);
    assert_false(request.close);
    assert_int_equal(request_chunk(&request, 10), REQUEST_DROP);

    head = post("/healthz", 10);
    assert_int_equal(request_begin(&request, &head, &limits), REQUEST_GO_ON);
    assert_int_equal(request.status, 405);
}

static void refusals_at_once_close(void **state)
{
    (void)state;
    struct request request;
    struct request_head head = post("/ping", MAX_BODY + 1);
    assert_int_equal(request_begin(&request, &head, &limits), REQUEST_ANSWER);
    assert_int_equal(request.status, 413);
    assert_true(request.close);

    head = post("/nope", 10);
    head.expects_continue = true;
    assert_int_equal(request_begin(&request, &head, &limits), REQUEST_ANSWER);
    assert_int_equal(request.status, 404);
    assert_true(request.close);

    head = post("/ping", 0);
    head.guard.lengths = 0;
    assert_int_equal(request_begin(&request, &head, &limits), REQUEST_ANSWER);
    assert_int_equal(request.status, 411);

    head = post("/ping", 10);
    head.version = "HTTP/9.9";
    assert_int_equal(request_begin(&request, &head, &limits), REQUEST_ANSWER);
    assert_int_equal(request.status, 505);
}

static void an_endpoint_may_have_a_limit_of_its_own(void **state)
{
    (void)state;
    struct request request;
    struct request_limits own = limits;
    own.own[endpoint_index(endpoint_find("/pong"))] = 10;
    struct request_head head = post("/pong", 10);
    assert_int_equal(request_begin(&request, &head, &own), REQUEST_GO_ON);
    head = post("/pong", 11);
    assert_int_equal(request_begin(&request, &head, &own), REQUEST_ANSWER);
    assert_int_equal(request.status, 413);
    head = post("/ping", 11);
    assert_int_equal(request_begin(&request, &head, &own), REQUEST_GO_ON);
    assert_int_equal(request.status, 0);
}

static void a_refusal_before_the_body_drains_what_is_small(void **state)
{
    (void)state;
    struct request request;
    struct request_limits large = {.all = UINT64_MAX};
    struct request_head head = post("/ping", 10);
    request_begin(&request, &head, &large);
    assert_int_equal(request_refuse(&request, 503, "full"), REQUEST_GO_ON);
    assert_int_equal(request.status, 503);
    assert_false(request.close);

    head = post("/ping", REQUEST_DRAIN_SMALL + 1);
    request_begin(&request, &head, &large);
    assert_int_equal(request_refuse(&request, 503, "full"), REQUEST_ANSWER);
    assert_true(request.close);

    head = post("/ping", 10);
    head.expects_continue = true;
    request_begin(&request, &head, &large);
    assert_int_equal(request_refuse(&request, 503, "full"), REQUEST_ANSWER);
}

static void growing_bodies_are_drained_to_a_cap(void **state)
{
    (void)state;
    struct request request;
    struct request_head head = post("/ping", -1);
    assert_int_equal(request_begin(&request, &head, &limits), REQUEST_GO_ON);
    assert_int_equal(request_chunk(&request, MAX_BODY), REQUEST_GO_ON);
    assert_int_equal(request_chunk(&request, 1), REQUEST_DROP);
    assert_int_equal(request.status, 413);
    assert_true(request.close);
    assert_int_equal(request_chunk(&request, REQUEST_DRAIN_MAX), REQUEST_CUT);
}

static void the_first_failure_stands(void **state)
{
    (void)state;
    struct request request = {0};
    request_fail(&request, 503, "a");
    request_fail(&request, 413, "b");
    assert_int_equal(request.status, 503);
    assert_string_equal(request.detail, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_made_of_token_characters),
        cmocka_unit_test(values_hold_no_controls),
        cmocka_unit_test(ambiguous_heads_are_refused),
        cmocka_unit_test(http_1_0_needs_no_host),
        cmocka_unit_test(good_requests_go_on),
        cmocka_unit_test(content_types_are_judged),
        cmocka_unit_test(small_refused_bodies_are_drained),
        cmocka_unit_test(refusals_at_once_close),
        cmocka_unit_test(an_endpoint_may_have_a_limit_of_its_own),
        cmocka_unit_test(a_refusal_before_the_body_drains_what_is_small),
        cmocka_unit_test(growing_bodies_are_drained_to_a_cap),
        cmocka_unit_test(the_first_failure_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
