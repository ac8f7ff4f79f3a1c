/* test_request.c: the rules for heads and the request state machine, as scripted conversations. */
#include "endpoint/rows.h"
#include "http/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_BODY = 1000 };

/* "Name: value" lines, as libmicrohttpd hands them over. */
static struct request_head head_of(const char *const *lines, char id[HEAD_ID_SIZE])
{
    struct request_head head;
    head_begin(&head, "POST", "/ping", "HTTP/1.1", id);
    for (; *lines; lines++) {
        char name[64];
        const char *colon = strchr(*lines, ':');
        size_t length = (size_t)(colon - *lines);
        memcpy(name, *lines, length);
        name[length] = '\0';
        head_field(&head, name, length, colon + 2, strlen(colon + 2));
    }
    head_end(&head, 100);
    return head;
}

static void values_hold_no_controls(void **state)
{
    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        char id[HEAD_ID_SIZE];
        const char line[] = {'a', ':', ' ', 'b', (char)byte, 'c', '\0'};
        const char *const lines[] = {line, NULL};
        bool control = (byte < ' ' && byte != '\t') || byte == 0x7f;
        assert_int_equal(head_of(lines, id).status, control ? 400 : 0);
    }
    static const char nul[] = "a\0b";
    assert_false(head_text_is_clean(nul, sizeof nul - 1));
    assert_true(head_text_is_clean("", 0));
}

/* Wherever it stands: values are looked at many bytes at once. */
static void a_control_is_seen_at_every_place(void **state)
{
    (void)state;
    char text[100];
    for (size_t at = 0; at < sizeof text; at++) {
        memset(text, 'a', sizeof text);
        assert_true(head_text_is_clean(text, sizeof text));
        text[at] = '\x1f';
        assert_false(head_text_is_clean(text, sizeof text));
    }
}

static void methods_hold_no_controls(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        int status;
    } rows[] = {{"POST", 0}, {"x-METHOD!", 0}, {"PO\x01ST", 400}, {"\tPOST", 400}, {"PO\x7f", 400}};
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char id[HEAD_ID_SIZE];
        struct request_head head;
        head_begin(&head, rows[i].method, "/", "HTTP/1.1", id);
        assert_int_equal(head.status, rows[i].status);
    }
}

static void fields_say_what_they_mean(void **state)
{
    (void)state;
    char id[HEAD_ID_SIZE];
    const char *const lines[] = {"content-type: a/b",          "CONTENT-LENGTH: 0123",
                                 "Expect: 100-Continue",       "x-request-id: a\xe9z",
                                 "Connection: Upgrade, Close", NULL};
    struct request_head head = head_of(lines, id);
    assert_int_equal(head.status, 0);
    assert_string_equal(head.content_type, "a/b");
    assert_true(head.has_length);
    assert_int_equal(head.content_length, 123);
    assert_true(head.expects_continue);
    assert_true(head.closes);
    assert_false(head.chunked);
    assert_string_equal(id, "a?z");

    const char *const chunked[] = {"Transfer-Encoding: chunked", "Content-Length-X: 5",
                                   "Expect: 200-ok", NULL};
    head = head_of(chunked, id);
    assert_true(head.chunked);
    assert_false(head.has_length);
    assert_false(head.expects_continue);
    assert_false(head.closes);
    assert_string_equal(id, "");
}

static void http_1_0_closes_unless_told(void **state)
{
    (void)state;
    char id[HEAD_ID_SIZE];
    struct request_head head;
    head_begin(&head, "GET", "/", "HTTP/1.0", id);
    assert_true(head.closes);
    head_field(&head, "Connection", 10, "Keep-Alive", 10);
    assert_false(head.closes);
}

static void long_heads_are_refused(void **state)
{
    (void)state;
    static char value[HEAD_SIZE_MAX + 1];
    char id[HEAD_ID_SIZE];
    struct request_head head;
    memset(value, 'a', sizeof value - 1);
    head_begin(&head, "GET", "/", "HTTP/1.1", id);
    head_end(&head, HEAD_SIZE_MAX);
    assert_int_equal(head.status, 0);
    head_end(&head, HEAD_SIZE_MAX + 1);
    assert_int_equal(head.status, 414);

    head_begin(&head, "GET", "/", "HTTP/1.1", id);
    head_field(&head, "a", 1, value, sizeof value - 1);
    head_end(&head, HEAD_SIZE_MAX + 100);
    assert_int_equal(head.status, 431);
}

static void targets_may_name_a_host(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        const char *path;
    } rows[] = {{"/ping", "/ping"}, {"http://a/ping", "/ping"}, {"HTTP://a", "/"}, {"*", "*"}};
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char id[HEAD_ID_SIZE];
        struct request_head head;
        head_begin(&head, "GET", rows[i].target, "HTTP/1.1", id);
        assert_string_equal(head.path, rows[i].path);
    }
}

static const struct request_limits limits = {.all = MAX_BODY};

/* A good POST /ping with a body of `length` bytes (-1: chunked). */
static struct request_head post(const char *path, long length)
{
    struct request_head head = {.method = "POST",
                                .path = path,
                                .version = "HTTP/1.1",
                                .content_type = "application/json",
                                .chunked = length < 0,
                                .has_length = length >= 0,
                                .content_length = length < 0 ? 0 : (uint64_t)length};
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
    struct request_head get = {.method = "HEAD", .path = "/healthz", .version = "HTTP/1.0"};
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

/* At the head, whatever else is wrong with the request; what is open stays open. */
static void strangers_are_refused_first(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *path;
        int64_t length;
        int status;
        bool close;
    } rows[] = {
        {"POST", "/ping", 10, 401, true},     {"POST", "/stream", -1, 401, true},
        {"POST", "/ping", 5000, 401, true},   {"POST", "/nope", 0, 401, false},
        {"GET", "/ping", 0, 401, false},      {"GET", "/stats", 0, 402, false},
        {"HEAD", "/metrics", 0, 402, false},  {"DELETE", "/stats", 0, 402, false},
        {"GET", "/healthz", 0, 0, false},     {"HEAD", "/readyz", 0, 0, false},
        {"POST", "/healthz", 10, 405, false},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        for (int lacking = 0; lacking < 4; lacking++) {
            struct request request;
            struct request_head head = post(rows[i].path, rows[i].length);
            head.method = rows[i].method;
            head.lacks_token = lacking & 1;
            head.lacks_admin_token = lacking & 2;
            /* 402 stands for the 401 that an operator's token spares. */
            const bool refused = rows[i].status == 401   ? head.lacks_token
                                 : rows[i].status == 402 ? head.lacks_admin_token
                                                         : false;
            const bool at_once = request_begin(&request, &head, &limits) == REQUEST_ANSWER;
            assert_int_equal(request.status == 401, refused);
            if (refused)
                assert_int_equal(at_once, rows[i].close);
        }
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
    head.has_length = false;
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

static void pages_are_unknown_unless_they_are_served(void **state)
{
    (void)state;
    struct request request;
    struct request_head head;
    char id[HEAD_ID_SIZE];
    struct request_limits with = limits;
    with.pages = true;
    head_begin(&head, "GET", "/docs", "HTTP/1.1", id);
    assert_int_equal(request_begin(&request, &head, &with), REQUEST_GO_ON);
    assert_int_equal(request.status, 0);
    request_begin(&request, &head, &limits);
    assert_int_equal(request.status, 404);
    head_begin(&head, "GET", "/recent", "HTTP/1.1", id);
    request_begin(&request, &head, &limits);
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

    head = post("/ping", REQUEST_DRAIN_MAX + 1);
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
    assert_int_equal(request_chunk(&request, REQUEST_DRAIN_MAX - 1), REQUEST_DROP);
    assert_int_equal(request_chunk(&request, 1), REQUEST_CUT);
}

static void a_body_that_is_refused_late_is_drained_from_there(void **state)
{
    (void)state;
    struct request request;
    struct request_limits large = {.all = UINT64_MAX};
    struct request_head head = post("/ping", 10 * (long)REQUEST_DRAIN_MAX);
    request_begin(&request, &head, &large);
    assert_int_equal(request_chunk(&request, 5 * REQUEST_DRAIN_MAX), REQUEST_GO_ON);
    request_fail(&request, 503, "full");
    assert_int_equal(request_chunk(&request, REQUEST_DRAIN_MAX), REQUEST_DROP);
    assert_int_equal(request_chunk(&request, 1), REQUEST_CUT);
    assert_int_equal(request.status, 503);
}

static void chunks_may_take_three_times_the_body(void **state)
{
    (void)state;
    struct request request;
    struct request_limits large = {.all = UINT64_MAX};
    struct request_head head = post("/ping", -1);
    request_begin(&request, &head, &large);
    request_chunk(&request, 1000);
    assert_int_equal(request_wire(&request, REQUEST_WIRE_SPARE + 3000), REQUEST_GO_ON);
    assert_int_equal(request.status, 0);
    assert_int_equal(request_wire(&request, REQUEST_WIRE_SPARE + 3001), REQUEST_CUT);
    assert_int_equal(request.status, 400);
    assert_true(request.close);
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
        cmocka_unit_test(values_hold_no_controls),
        cmocka_unit_test(a_control_is_seen_at_every_place),
        cmocka_unit_test(methods_hold_no_controls),
        cmocka_unit_test(fields_say_what_they_mean),
        cmocka_unit_test(http_1_0_closes_unless_told),
        cmocka_unit_test(long_heads_are_refused),
        cmocka_unit_test(targets_may_name_a_host),
        cmocka_unit_test(good_requests_go_on),
        cmocka_unit_test(content_types_are_judged),
        cmocka_unit_test(strangers_are_refused_first),
        cmocka_unit_test(small_refused_bodies_are_drained),
        cmocka_unit_test(refusals_at_once_close),
        cmocka_unit_test(an_endpoint_may_have_a_limit_of_its_own),
        cmocka_unit_test(pages_are_unknown_unless_they_are_served),
        cmocka_unit_test(a_refusal_before_the_body_drains_what_is_small),
        cmocka_unit_test(growing_bodies_are_drained_to_a_cap),
        cmocka_unit_test(a_body_that_is_refused_late_is_drained_from_there),
        cmocka_unit_test(chunks_may_take_three_times_the_body),
        cmocka_unit_test(the_first_failure_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
