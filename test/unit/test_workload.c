/*
 * test_workload.c: what the client sends: generated bodies and the classes of
 * traffic, as they are asked for.
 */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"
#include "plan/class.h"
#include "send/payload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_fit_the_model),   cmocka_unit_test(bodies_repeat_by_seed),
        cmocka_unit_test(suffixed_sizes_are_met), cmocka_unit_test(nominal_25_mb_is_the_originals),
        cmocka_unit_test(classes_are_parsed),     cmocka_unit_test(bad_classes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
