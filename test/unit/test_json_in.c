/* test_json_in.c: what is wrong with a document is told once, with its path. */
#include "plan/json_in.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char text[] = "{\"a\": {\"b\": [{\"n\": 7}, {\"n\": -7, \"x\": 1.5, \"t\": \"abc\"}]},"
                           " \"z\": null, \"big\": 1e300, \"huge\": 9223372036854775807,"
                           " \"yes\": true}";

struct opened {
    json_t *document;
    struct json_fault fault;
    struct json_in root;
};

static int open_document(void **state)
{
    static struct opened opened;
    opened.document = json_loads(text, 0, NULL);
    *state = &opened;
    return opened.document ? 0 : -1;
}

static int close_document(void **state)
{
    json_decref(((struct opened *)*state)->document);
    return 0;
}

/* Begins again without a fault. */
static struct json_in *again(void **state)
{
    struct opened *opened = *state;
    opened->fault = (struct json_fault){0};
    opened->root = (struct json_in){.json = opened->document, .fault = &opened->fault};
    return &opened->root;
}

static const char *fault_of(void **state)
{
    return ((struct opened *)*state)->fault.text;
}

static void members_are_read(void **state)
{
    struct json_in *root = again(state);
    struct json_in a = json_in_object(root, "a");
    struct json_in b = json_in_array(&a, "b");
    struct json_in second = json_in_element(&b, 1);
    char copy[4];
    assert_int_equal(json_in_length(&b), 2);
    assert_int_equal(json_in_integer(&second, "n", -7, 0), -7);
    assert_int_equal(json_in_time(&second, "x", NS_PER_S), 1500 * NS_PER_MS);
    json_in_copy(&second, "t", copy, sizeof copy);
    assert_string_equal(copy, "abc");
    assert_true(json_in_flag(root, "yes"));
    assert_true(json_in_has(root, "z") && json_in_is_null(root, "z"));
    assert_false(json_in_has(root, "no"));
    assert_null(json_in_object_or_null(root, "z").json);
    json_in_null(root, "z");
    assert_string_equal(fault_of(state), "");
}

static void the_first_fault_stays(void **state)
{
    struct json_in *root = again(state);
    struct json_in a = json_in_object(root, "a");
    struct json_in b = json_in_array(&a, "b");
    struct json_in first = json_in_element(&b, 0);
    assert_int_equal(json_in_count(&first, "m"), 0);
    assert_int_equal(json_in_count(&first, "n"), 0); /* it is there, but nothing is read any more */
    assert_int_equal(json_in_length(&b), 0);
    json_in_refuse(&first, "n", " is another");
    json_in_fail(&first, -ENOMEM);
    assert_string_equal(fault_of(state), "a.b[0].m is missing");
    assert_int_equal(root->fault->error, JSON_IN_INVALID);
}

static void types_and_bounds_are_told(void **state)
{
    struct json_in *root = again(state);
    char copy[3];
    json_in_object(root, "z");
    assert_string_equal(fault_of(state), "z: expected object, got null");
    json_in_flag(again(state), "big");
    assert_string_equal(fault_of(state), "big: expected true or false, got real");
    json_in_null(again(state), "yes");
    assert_string_equal(fault_of(state), "yes: expected null, got true");
    json_in_number(again(state), "big");
    assert_string_equal(fault_of(state), "big: 1e+300 is not between 0 and 1e+15");
    json_in_time(again(state), "huge", NS_PER_S);
    assert_string_equal(fault_of(state), "huge: 9.223372037e+18 is not between 0 and 31622400");
    json_in_count(again(state), "huge");
    assert_string_equal(fault_of(state),
                        "huge: 9223372036854775807 is not between 0 and 9007199254740992");
    struct json_in a = json_in_object(again(state), "a");
    struct json_in b = json_in_array(&a, "b");
    struct json_in second = json_in_element(&b, 1);
    json_in_copy(&second, "t", copy, sizeof copy);
    assert_string_equal(fault_of(state), "a.b[1].t is longer than 2 bytes");
    struct opened *opened = *state;
    opened->fault = (struct json_fault){0};
    const struct json_in array = {.json = b.json, .fault = &opened->fault};
    json_in_count(&array, "n");
    assert_string_equal(fault_of(state), "n: expected object, got array");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_read),
        cmocka_unit_test(the_first_fault_stays),
        cmocka_unit_test(types_and_bounds_are_told),
    };
    return cmocka_run_group_tests(tests, open_document, close_document);
}
