/*
 * test_table.c: the table of jansson's objects, by jansson's functions: what was set is there, in
 * the order in which it came, whatever is deleted in between; also where keys have hashes that
 * begin alike. And it takes no more memory than jansson's own.
 */
#include "base/error.h"
#include "base/random.h"
#include "json/lookahead.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEED = 5, KEYS = 30000, KEY_SIZE = 24 };

/* What an object must hold: the value of each key (0: it is not there), and when the key came. */
struct model {
    char keys[KEYS][KEY_SIZE];
    int values[KEYS];
    int came[KEYS];
    size_t count;
    size_t used; /* keys that the test uses */
};

static struct model model;

static void assert_same(json_t *object)
{
    size_t seen = 0;
    int last = 0;
    assert_int_equal(json_object_size(object), model.count);
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        const json_int_t value = json_integer_value(json_object_iter_value(at));
        const size_t key = (size_t)(value % KEYS);
        assert_string_equal(json_object_iter_key(at), model.keys[key]);
        assert_int_equal(value / KEYS, model.values[key]);
        assert_true(model.came[key] > last);
        last = model.came[key];
        seen++;
    }
    assert_int_equal(seen, model.count);
    for (size_t key = 0; key < model.used; key++) {
        const json_t *value = json_object_get(object, model.keys[key]);
        assert_int_equal(value != NULL, model.values[key] != 0);
        if (value)
            assert_int_equal(json_integer_value(value) / KEYS, model.values[key]);
    }
}

static void set(json_t *object, size_t key, int step)
{
    const json_int_t value = (json_int_t)step * KEYS + (json_int_t)key;
    assert_int_equal(json_object_set_new(object, model.keys[key], json_integer(value)), 0);
    if (!model.values[key]) {
        model.came[key] = step;
        model.count++;
    }
    model.values[key] = step;
}

static void drop(json_t *object, size_t key)
{
    assert_int_equal(json_object_del(object, model.keys[key]), model.values[key] ? 0 : -1);
    model.count -= model.values[key] != 0;
    model.values[key] = 0;
}

/* So many sets, of which `deletes` in a hundred are deletions instead; step by step from `step`. */
static int change(json_t *object, size_t steps, unsigned deletes, int step)
{
    static uint64_t random = 1;
    for (size_t i = 0; i < steps; i++) {
        const size_t key = random_next(&random) % model.used;
        if (random_next(&random) % 100 < deletes)
            drop(object, key);
        else
            set(object, key, step);
        step++;
    }
    return step;
}

static void check_changes(size_t steps)
{
    static const unsigned deletes[] = {0, 10, 90, 50, 5, 100, 0};
    json_t *object = json_object();
    int step = 1;
    memset(model.values, 0, sizeof model.values);
    model.count = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(deletes); i++) {
        step = change(object, steps, deletes[i], step);
        assert_same(object);
    }
    assert_int_equal(json_object_clear(object), 0);
    memset(model.values, 0, sizeof model.values);
    model.count = 0;
    assert_same(object);
    change(object, steps, 20, step);
    assert_same(object);
    json_decref(object);
}

static void what_was_set_is_there(void **state)
{
    (void)state;
    model.used = KEYS;
    for (size_t key = 0; key < KEYS; key++)
        snprintf(model.keys[key], KEY_SIZE, "key%zu", key);
    for (size_t steps = 1; steps < 200000; steps = steps * 5 + 2)
        check_changes(steps);
}

/* All hashes begin with the same bits: no directory tells these keys apart. */
static void hashes_that_begin_alike_are_told_apart(void **state)
{
    (void)state;
    enum { BITS = 10, ALIKE = 3000 };
    size_t found = 0;
    model.used = ALIKE;
    for (unsigned i = 0; found < ALIKE; i++) {
        char key[KEY_SIZE];
        const int length = snprintf(key, sizeof key, "%x", i);
        if (lookahead_hash(key, (size_t)length, SEED) >> (32 - BITS) == 0x25a)
            memcpy(model.keys[found++], key, sizeof key);
    }
    for (size_t steps = 100; steps < 100000; steps *= 10)
        check_changes(steps);
}

/* Also in the lower bits: the search for a slot goes around the end of a page. */
static void hashes_that_end_alike_are_told_apart(void **state)
{
    (void)state;
    enum { ALIKE = 120 };
    size_t found = 0;
    json_t *object = json_object();
    for (unsigned i = 0; found < ALIKE; i++) {
        char key[KEY_SIZE];
        const int length = snprintf(key, sizeof key, "%x", i);
        if ((lookahead_hash(key, (size_t)length, SEED) & 0x7f) != 0x7d)
            continue;
        memcpy(model.keys[found], key, sizeof key);
        assert_int_equal(json_object_set_new(object, key, json_integer((json_int_t)found)), 0);
        found++;
    }
    for (size_t first = 0; first < ALIKE; first += 3)
        assert_int_equal(json_object_del(object, model.keys[first]), 0);
    for (size_t key = 0; key < ALIKE; key++) {
        const json_t *value = json_object_get(object, model.keys[key]);
        assert_int_equal(value == NULL, key % 3 == 0);
        assert_true(!value || json_integer_value(value) == (json_int_t)key);
    }
    json_decref(object);
}

/* An allocation that fails leaves the object as it was. */
static long allocations_left = -1;

static void *allocate(size_t size)
{
    if (allocations_left == 0)
        return NULL;
    allocations_left -= allocations_left > 0;
    return malloc(size);
}

static void a_failed_allocation_changes_nothing(void **state)
{
    (void)state;
    enum { MEMBERS = 300 };
    json_set_alloc_funcs(allocate, free);
    json_t *object = json_object();
    char key[KEY_SIZE];
    size_t failed = 0;
    for (int i = 0; i < MEMBERS; i++) {
        snprintf(key, sizeof key, "k%d", i);
        json_t *value = json_integer(i);
        int r = -1;
        for (long left = 0; r; left++) {
            allocations_left = left;
            r = json_object_set(object, key, value);
            allocations_left = -1;
            failed += r != 0;
            assert_int_equal(json_object_size(object), r ? i : i + 1);
        }
        json_decref(value);
    }
    assert_true(failed > MEMBERS);
    for (int i = 0; i < MEMBERS; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(json_integer_value(json_object_get(object, key)), i);
    }
    json_decref(object);
    json_set_alloc_funcs(malloc, free);
}

/* What jansson asks for, each size rounded up to 8 bytes, and nothing given back: as in an arena.
 */
static size_t asked;

static void *count_and_allocate(size_t size)
{
    asked += (size + 7) / 8 * 8;
    return malloc(size);
}

/* With jansson's own table: an object, its buckets, which double when all have a member, members.
 */
static size_t asked_by_jansson(size_t members, size_t key_length)
{
    size_t buckets = 8;
    size_t sum = 72 + buckets * 16 + members * ((56 + key_length + 8) / 8 * 8);
    while (members > buckets) {
        buckets *= 2;
        sum += buckets * 16;
    }
    return sum;
}

/* Of each number of members, so that none is just beyond a growth where jansson's has not grown. */
static void no_object_takes_more_than_with_jansson_s_table(void **state)
{
    (void)state;
    enum { MEMBERS = 5000, KEY_LENGTH = 5 };
    json_set_alloc_funcs(count_and_allocate, free);
    asked = 0;
    json_t *object = json_object();
    for (size_t members = 1; members <= MEMBERS; members++) {
        char key[KEY_SIZE];
        snprintf(key, sizeof key, "%0*zu", KEY_LENGTH, members);
        assert_int_equal(json_object_set_new(object, key, json_true()), 0);
        if (asked > asked_by_jansson(members, KEY_LENGTH))
            fail_msg("%zu members: %zu bytes, with jansson's table %zu", members, asked,
                     asked_by_jansson(members, KEY_LENGTH));
    }
    json_decref(object);
    json_set_alloc_funcs(malloc, free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_set_is_there),
        cmocka_unit_test(hashes_that_begin_alike_are_told_apart),
        cmocka_unit_test(hashes_that_end_alike_are_told_apart),
        cmocka_unit_test(a_failed_allocation_changes_nothing),
        cmocka_unit_test(no_object_takes_more_than_with_jansson_s_table),
    };
    json_object_seed(SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
