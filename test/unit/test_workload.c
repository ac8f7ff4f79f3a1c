/*
 * test_workload.c: what the client sends: generated bodies and the classes of
 * traffic, as they are asked for.
 */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"
#include "plan/class.h"
#include "plan/class_keys.h"
#include "plan/expect.h"
#include "plan/header.h"
#include "plan/method.h"
#include "plan/number.h"
#include "send/payload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

static struct buffer make_body(const char *size_text, uint64_t seed)
{
    struct units_size size;
    struct buffer body = {0};
    assert_int_equal(units_parse_size(size_text, &size), 0);
    assert_int_equal(payload_generate("small", &size, seed, &body), 0);
    return body;
}

static void bodies_fit_the_model(void **state)
{
    (void)state;
    struct buffer body = make_body("0.001", 1);
    assert_memory_equal(body.data, "{\"name\": \"small\", \"data\": {\"", 28);
    json_t *root = json_loadb(body.data, body.length, JSON_REJECT_DUPLICATES, NULL);
    json_t *data = json_object_get(root, "data");
    assert_string_equal(json_string_value(json_object_get(root, "name")), "small");
    assert_int_equal(json_object_size(data), 50);
    const char *key;
    json_t *value;
    json_object_foreach(data, key, value)
    {
        assert_int_equal(strlen(key), 10);
        assert_in_range(json_integer_value(value), 1, 1000000);
    }
    json_decref(root);
    buffer_deinit(&body);
}

static void bodies_repeat_by_seed(void **state)
{
    (void)state;
    struct buffer first = make_body("0.01", 7);
    struct buffer again = make_body("0.01", 7);
    struct buffer other = make_body("0.01", 8);
    assert_int_equal(first.length, again.length);
    assert_memory_equal(first.data, again.data, first.length);
    assert_true(other.length != first.length || memcmp(first.data, other.data, first.length) != 0);
    buffer_deinit(&first);
    buffer_deinit(&again);
    buffer_deinit(&other);
}

static void suffixed_sizes_are_met(void **state)
{
    (void)state;
    for (size_t bytes = 28; bytes < 1500; bytes++) {
        char text[32];
        snprintf(text, sizeof text, "%zuB", bytes);
        struct buffer body = make_body(text, bytes);
        json_t *root = json_loadb(body.data, body.length, 0, NULL);
        assert_non_null(root);
        json_decref(root);
        if (bytes >= 100)
            assert_int_equal(body.length, bytes);
        else
            assert_in_range(body.length, bytes - 16, bytes + 16);
        buffer_deinit(&body);
    }
    struct buffer large = make_body("1MiB", 1);
    assert_int_equal(large.length, MIB);
    buffer_deinit(&large);
}

static void nominal_25_mb_is_the_originals(void **state)
{
    (void)state;
    struct buffer body = make_body("25", 1);
    size_t colons = 0;
    for (size_t i = 0; i < body.length; i++)
        colons += body.data[i] == ':';
    assert_int_equal(colons, 1250000 + 2);
    assert_in_range(body.length, 27300000, 27450000);
    buffer_deinit(&body);
}

static void classes_are_parsed(void **state)
{
    (void)state;
    char error[CLASS_ERROR_SIZE];
    struct traffic_class class;
    assert_int_equal(class_parse("api:body=a/b.json,rate=50,endpoint=/v1/x", &class, error), 0);
    assert_int_equal(class_complete(&class, ARRIVAL_UNSET, error), 0);
    assert_string_equal(class.name, "api");
    assert_string_equal(class.body_file, "a/b.json");
    assert_string_equal(class.endpoint, "/v1/x");
    assert_int_equal(class.interval_ns, 20 * NS_PER_MS);
    assert_int_equal(class.arrival, ARRIVAL_OPEN);
    assert_int_equal(class.connections, 0); /* as many as it needs */

    assert_int_equal(class_parse("m:size=5,interval=500ms,arrival=closed", &class, error), 0);
    assert_int_equal(class_complete(&class, ARRIVAL_OPEN, error), 0);
    assert_int_equal(class.arrival, ARRIVAL_CLOSED);
    assert_int_equal(class.connections, 1);
    assert_false(class.size.suffixed);

    assert_int_equal(class_parse("k:size=1KiB,interval=0.1,conns=3", &class, error), 0);
    assert_int_equal(class_complete(&class, ARRIVAL_CLOSED, error), 0);
    assert_int_equal(class.arrival, ARRIVAL_CLOSED);
    assert_int_equal(class.connections, 3);
    assert_int_equal(class.size.bytes, 1024);
}

static void bad_classes_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *told;
    } cases[] = {
        {"", "name"},
        {":size=1", "name"},
        {"a b:size=1", "name"},
        {"x", "has no body"},
        {"x:rate=1", "has no body"},
        {"x:size=1KiB", "no rate"},
        {"x:size=1KiB,body=f,rate=1", "two bodies"},
        {"x:size=big,rate=1", "expected a size"},
        {"x:size=1,rate=0", "expected requests a second"},
        {"x:size=1,rate=-1", "expected requests a second"},
        {"x:size=1,interval=soon", "expected a time"},
        {"x:size=1,interval=0", "10us"},
        {"x:size=1,rate=1,conns=0", "expected a whole number"},
        {"x:size=1,rate=1,conns=99999", "expected a whole number"},
        {"x:size=1,rate=1,endpoint=ping", "expected a path"},
        {"x:size=1,rate=1,arrival=late", "expected open, closed or poisson"},
        {"x:size=1,rate=1,colour=red", "unknown key 'colour'"},
        {"x:size=3GB,rate=1", "expected a size"},
        {"x:method=get,rate=1", "method=get: expected POST, GET"},
        {"x:method=PUT,rate=1", "has no body"},
        {"x:method=HEAD,size=1,rate=1", "sends no body"},
        {"x:size=1,rate=1,large=maybe", "expected yes or no"},
        {"x:size=1,rate=1,expect=2xx|", "expected statuses"},
        {"x:size=1,rate=1,expect=200|200|200|200|200|200|200|200|200", "expected statuses"},
        {"x:size=1,rate=1,type=", "expected a media type"},
        {"x:size=1,rate=1,header=Host", "expected NAME=VALUE"},
        {"x:size=1,rate=1,header=Content-Length=5", "that is not Content-Length"},
        {"x:size=1,rate=1,header=A b=5", "expected NAME=VALUE, a header"},
        {"x:size=1,rate=1,type=a/b,header=content-type=a/b", "has two types"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char error[CLASS_ERROR_SIZE] = "";
        struct traffic_class class;
        int r = class_parse(cases[i].text, &class, error);
        if (r == 0)
            r = class_complete(&class, ARRIVAL_UNSET, error);
        assert_int_equal(r, CLASS_INVALID);
        if (!strstr(error, cases[i].told))
            fail_msg("'%s' is told as '%s'", cases[i].text, error);
    }
}

static void requests_are_shaped(void **state)
{
    (void)state;
    char error[CLASS_ERROR_SIZE];
    struct traffic_class class;
    static const char text[] = "get:method=GET,rate=1,endpoint=/x/{n}?a=1\\,2,type=text/plain,"
                               "header=Accept=a\\,b=c,header=X-N={n},expect=2xx|404,large=yes";
    assert_int_equal(class_parse(text, &class, error), 0);
    assert_int_equal(class_complete(&class, ARRIVAL_UNSET, error), 0);
    assert_string_equal(class_method(&class)->name, "GET");
    assert_false(class_has_body(&class));
    assert_string_equal(class.endpoint, "/x/{n}?a=1,2");
    assert_string_equal(class.type, "text/plain");
    const char *first = class_next_header(&class, NULL);
    assert_string_equal(first, "Accept: a,b=c");
    const char *second = class_next_header(&class, first);
    assert_string_equal(second, "X-N: {n}");
    assert_null(class_next_header(&class, second));
    assert_true(class_sets_header(&class, "accept: x"));
    assert_false(class_sets_header(&class, "Accept-Language: x"));
    assert_true(class_is_heavy(&class, 0));
    assert_int_equal(class_parse("large:size=1,rate=1,large=no", &class, error), 0);
    assert_false(class_is_heavy(&class, 1U << 30));
    assert_ptr_equal(class_method(&class), method_standard);
    assert_null(class_set(&class, "conns", "7"));
    assert_int_equal(class.connections, 7);
    assert_non_null(class_set(&class, "conns", "none"));
    assert_non_null(class_set(&class, "colour", "red"));
}

static void headers_are_few_and_short(void **state)
{
    (void)state;
    struct traffic_class class = {.name = "a"};
    char value[CLASS_HEADERS_SIZE + 8];
    memset(value, 'x', sizeof value);
    memcpy(value, "A=", 2);
    value[sizeof value - 1] = '\0';
    assert_non_null(class_set(&class, "header", value));
    value[CLASS_HEADERS_SIZE - 8] = '\0';
    assert_null(class_set(&class, "header", value));
    assert_non_null(class_set(&class, "header", "B=123456"));
    class.headers[0] = '\0';
    memset(class.headers, 0, sizeof class.headers);
    for (int i = 0; i < CLASS_HEADERS_MOST; i++)
        assert_null(class_set(&class, "header", "B=1"));
    assert_non_null(class_set(&class, "header", "B=1"));
}

static void statuses_are_expected(void **state)
{
    (void)state;
    struct expect expect = {.count = 0};
    char text[EXPECT_TEXT_SIZE];
    assert_true(expect_holds(&expect, 200) && expect_holds(&expect, 299));
    assert_false(expect_holds(&expect, 300) || expect_holds(&expect, 199));
    expect_tell(&expect, text);
    assert_string_equal(text, "2xx");
    assert_true(expect_parse("404|5xx|201", &expect));
    assert_true(expect_holds(&expect, 404) && expect_holds(&expect, 500));
    assert_true(expect_holds(&expect, 599) && expect_holds(&expect, 201));
    assert_false(expect_holds(&expect, 200) || expect_holds(&expect, 403));
    expect_tell(&expect, text);
    assert_string_equal(text, "404|5xx|201");
    static const char *const bad[] = {"",     "|",       "2",        "20",  "2x",  "xx2",
                                      "099",  "600",     "6xx",      "2XX", "2x0", "20x",
                                      "2000", "200,201", "200||201", "-12"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        if (expect_parse(bad[i], &expect))
            fail_msg("'%s' is taken", bad[i]);
    }
}

static void numbers_are_filled_in(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t n;
        const char *filled;
    } cases[] = {
        {"/x/{n}", 1, "/x/1"},
        {"{n}{n}", 42, "4242"},
        {"a{n}b{n", 7, "a7b{n"},
        {"{m}", 7, "{m}"},
        {"", 7, ""},
        {"/{n}/", UINT64_C(9223372036854775807), "/9223372036854775807/"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char *filled = number_fill_in(cases[i].text, cases[i].n);
        assert_string_equal(filled, cases[i].filled);
        assert_int_equal(number_is_in(cases[i].text), strstr(cases[i].text, "{n}") != NULL);
        free(filled);
    }
}

static void methods_are_known(void **state)
{
    (void)state;
    assert_string_equal(method_standard->name, "POST");
    assert_true(method_find("HEAD")->head && !method_find("HEAD")->takes_body);
    assert_true(method_find("PUT")->needs_body && !method_find("DELETE")->needs_body);
    assert_null(method_find("post"));
    assert_null(method_find(""));
}

/* Writes a file with that content, and reads headers from it. Returns as header_read_file does. */
static int read_headers(const char *content, size_t length, const char **lines, size_t most,
                        char **text, char error[HEADER_ERROR_SIZE])
{
    char path[] = "/tmp/test_workload.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, length), length);
    close(fd);
    int count = header_read_file(path, text, lines, most, error);
    unlink(path);
    return count;
}

static void headers_are_read_from_files(void **state)
{
    (void)state;
    static const char good[] = "# of the test\r\nA: b\r\n\r\n  \nAuthorization: Bearer x\n";
    static const struct {
        const char *content;
        size_t length;
        const char *told;
    } bad[] = {
        {"A: b\nno header", 14, "header 2 in it: expected a header"},
        {"content-length: 5", 17, "header 1 in it: Content-Length is set"},
        {"A: b\nB: c\nC: d", 14, "header 3 in it: more"},
        {"A: b\0", 5, "or a NUL"},
    };
    const char *lines[2];
    char error[HEADER_ERROR_SIZE];
    char *text;
    assert_int_equal(read_headers(good, sizeof good - 1, lines, 2, &text, error), 2);
    assert_string_equal(lines[0], "A: b");
    assert_string_equal(lines[1], "Authorization: Bearer x");
    free(text);
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        assert_int_equal(read_headers(bad[i].content, bad[i].length, lines, 2, &text, error), -1);
        if (!strstr(error, bad[i].told))
            fail_msg("told as '%s', not '%s'", error, bad[i].told);
        free(text);
    }
    assert_int_equal(header_read_file("/nonexistent", &text, lines, 2, error), -1);
    assert_non_null(strstr(error, "No such file"));
    assert_null(text);
    const char *const some[] = {"A: b", "Host: c", NULL};
    assert_true(header_is_among(some, "host:") && !header_is_among(some, "B: b"));
    assert_false(header_is_among(NULL, "A: b"));
    assert_true(header_is_same("Host: a", "HOST:b") && !header_is_same("Host: a", "Hosts: a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_fit_the_model),   cmocka_unit_test(bodies_repeat_by_seed),
        cmocka_unit_test(suffixed_sizes_are_met), cmocka_unit_test(nominal_25_mb_is_the_originals),
        cmocka_unit_test(classes_are_parsed),     cmocka_unit_test(bad_classes_are_told),
        cmocka_unit_test(requests_are_shaped),    cmocka_unit_test(headers_are_few_and_short),
        cmocka_unit_test(statuses_are_expected),  cmocka_unit_test(numbers_are_filled_in),
        cmocka_unit_test(methods_are_known),      cmocka_unit_test(headers_are_read_from_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
