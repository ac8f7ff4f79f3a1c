/*
 * test_census.c: what a text is made of, counted by hand; and that no document of jansson's takes
 * more memory than the bound that follows from the counts.
 */
#include "base/buffer.h"
#include "base/error.h"
#include "base/random.h"
#include "json/census.h"

#include <dirent.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* All that jansson has asked for, nothing of it used twice: the worst that an arena can do. */
static size_t asked;

static void *count_and_allocate(size_t size)
{
    asked += (size + 7) / 8 * 8 + (size == 0 ? 8 : 0);
    return malloc(size);
}

/* The whole, and in pieces of some lengths: the counts are the same. */
static void take(struct census *census, const char *text, size_t length)
{
    static const size_t pieces[] = {1, 7, 64, 100, SIZE_MAX};
    struct census first;
    for (size_t i = 0; i < ARRAY_LENGTH(pieces); i++) {
        struct census parts;
        census_init(&parts);
        for (size_t at = 0; at < length;) {
            const size_t piece = length - at < pieces[i] ? length - at : pieces[i];
            census_add(&parts, text + at, piece);
            at += piece;
        }
        *census = census_end(&parts);
        if (i == 0)
            first = *census;
        assert_memory_equal(census, &first, offsetof(struct census, length));
    }
}

static void parts_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t objects, arrays, members, elements;
    } cases[] = {
        {"{}", 1, 0, 0, 0},
        {"[]", 0, 1, 0, 1},
        {"[1, 2, 3]", 0, 1, 0, 3},
        {"{\"a\": 1, \"b\": [1, {\"c\": []}]}", 2, 2, 3, 3},
        {"\"{[:,]}\"", 0, 0, 0, 0},
        {"[\"a\\\"[,\", \"\\\\\", {\"b\\\\\\\"\": 0}]", 1, 1, 1, 3},
        {"{\"012345678901234567890123456789012345678901234567890123456789\\\"\": [\"\\\"\"]}", 1, 1,
         1, 1},
        {"]]}}", 0, 0, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct census census;
        take(&census, cases[i].text, strlen(cases[i].text));
        if (census.objects != cases[i].objects || census.arrays != cases[i].arrays ||
            census.members != cases[i].members || census.elements != cases[i].elements)
            fail_msg("%s: %zu objects, %zu arrays, %zu members, %zu elements", cases[i].text,
                     census.objects, census.arrays, census.members, census.elements);
    }
}

/* A quote, an escape and a bracket at each place of a block, and around its end. */
static void a_block_may_end_anywhere(void **state)
{
    (void)state;
    for (int blanks = 0; blanks < 200; blanks++) {
        char text[320];
        struct census census;
        int length =
            snprintf(text, sizeof text, "[%*s\"\\\\\\\"],\", {\"k\": 1}, [2]]", blanks, "");
        take(&census, text, (size_t)length);
        assert_int_equal(census.arrays, 2);
        assert_int_equal(census.objects, 1);
        assert_int_equal(census.members, 1);
        assert_int_equal(census.elements, 4);
        assert_true(census.longest >= (size_t)blanks);
    }
}

/* An object of so many members, each key `times` times, inside another. */
static void write_object(struct buffer *text, size_t members, size_t times)
{
    buffer_append_text(text, "{\"small\": {\"x\": {}}, \"data\": {");
    for (size_t i = 0; i < members; i++)
        buffer_append_format(text, "%s\"key%zu\": %zu", i ? ", " : "", i / times, i);
    buffer_append_text(text, "}}");
    assert_int_equal(text->error, 0);
}

/* A text that goes on never takes less than before: what is refused half-way would be at its end.
 */
static void the_bound_only_grows(void **state)
{
    (void)state;
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    struct census census;
    write_object(&text, 5000, 1);
    census_init(&census);
    for (size_t at = 0, before = 0; at < text.length; at++) {
        census_add(&census, text.data + at, 1);
        assert_true(census_bound(&census) >= before);
        before = census_bound(&census);
    }
    const struct census end = census_end(&census);
    assert_true(census_bound(&end) >= census_bound(&census));
}

static void depth_is_told(void **state)
{
    (void)state;
    static const char text[] = "[{\"a\": [[]]}, [\"[[[[[[\"]]";
    struct census census;
    take(&census, text, strlen(text));
    assert_int_equal(census.deepest, 4);
}

static void assert_bounded(const char *what, const char *text, size_t length)
{
    struct census census;
    take(&census, text, length);
    asked = 0;
    json_decref(json_loadb(text, length, JSON_DECODE_ANY, NULL));
    /* The typed parameter's part is in the bound, too, and is not asked for here. */
    if (asked > CENSUS_MOST_PER_BYTE * length + 1024)
        fail_msg("%s: %zu bytes asked for, of %zu", what, asked, length);
    if (asked > census_bound(&census))
        fail_msg("%s: %zu bytes asked for, the bound is %zu", what, asked, census_bound(&census));
}

static void the_corpus_is_bounded(void **state)
{
    (void)state;
    static const char *const folders[] = {CORPUS "/valid", CORPUS "/invalid"};
    size_t files = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(folders); i++) {
        DIR *folder = opendir(folders[i]);
        assert_non_null(folder);
        for (struct dirent *entry; (entry = readdir(folder));) {
            char path[1024];
            static char text[4 << 20];
            snprintf(path, sizeof path, "%s/%s", folders[i], entry->d_name);
            FILE *file = entry->d_type == DT_REG ? fopen(path, "rb") : NULL;
            if (!file)
                continue;
            size_t length = fread(text, 1, sizeof text, file);
            fclose(file);
            assert_bounded(path, text, length);
            files++;
        }
        closedir(folder);
    }
    assert_true(files > 300);
}

static void what_repeats_is_bounded(void **state)
{
    (void)state;
    static const char *const units[] = {"{},",   "[],",        "0,",         "[[]],",
                                        "\"\",", "1.5,",       "{\"a\":0},", "\"\\u0041\",",
                                        "true,", "{\"\":{}},", "[0,0],",     "\"0123456789\","};
    for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
        for (size_t times = 1; times <= 100000; times = times * 3 + 1) {
            CLEANUP(buffer_deinit)
            struct buffer text = {0};
            buffer_append_text(&text, "[");
            for (size_t n = 0; n < times; n++)
                buffer_append_text(&text, units[i]);
            buffer_append_text(&text, "0]");
            assert_bounded(units[i], text.data, text.length);
            text.data[text.length - 1] = '}'; /* and refused at its end */
            assert_bounded(units[i], text.data, text.length);
        }
    }
}

static void objects_and_long_texts_are_bounded(void **state)
{
    (void)state;
    for (size_t members = 1; members < 200000; members = members * 2 + 1) {
        CLEANUP(buffer_deinit)
        struct buffer text = {0};
        write_object(&text, members, 1 + members % 3);
        assert_bounded("an object", text.data, text.length);
    }
    for (size_t length = 1; length < 3000000; length = length * 3 + 5) {
        static const char *const around[][2] = {{"\"", "\""}, {"{\"", "\":0}"}, {"", ""}};
        for (size_t i = 0; i < ARRAY_LENGTH(around); i++) {
            CLEANUP(buffer_deinit)
            struct buffer text = {0};
            buffer_append_text(&text, around[i][0]);
            for (size_t n = 0; n < length; n++)
                buffer_append(&text, "1", 1);
            buffer_append_text(&text, around[i][1]);
            assert_bounded("a long token", text.data, text.length);
        }
    }
}

static void deep_texts_are_bounded(void **state)
{
    (void)state;
    static const char *const units[] = {"[", "{\"\":", "[{\"\":", "[[],"};
    for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
        for (size_t depth = 1; depth < 3000; depth = depth * 2 + 1) {
            CLEANUP(buffer_deinit)
            struct buffer text = {0};
            for (size_t n = 0; n < depth; n++)
                buffer_append_text(&text, units[i]);
            assert_bounded(units[i], text.data, text.length);
        }
    }
}

/* Texts of random pieces of JSON, most of them broken somewhere. */
static void random_texts_are_bounded(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "{",   "}",    "[",      "]", ",",        ":",  "\"",   "0",
        "1.5", "null", "\"a\":", " ", "\"k\": 1", "\\", "\\\"", "\"longer key with words\": [",
        "{}",  "[],"};
    uint64_t random = 1;
    for (int round = 0; round < 20000; round++) {
        CLEANUP(buffer_deinit)
        struct buffer text = {0};
        size_t count = random_next(&random) % 60;
        for (size_t i = 0; i < count; i++)
            buffer_append_text(&text, pieces[random_next(&random) % ARRAY_LENGTH(pieces)]);
        buffer_append(&text, "", 1);
        assert_bounded(text.data, text.data, text.length - 1);
    }
}

static int count_allocations(void **state)
{
    (void)state;
    json_set_alloc_funcs(count_and_allocate, free);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_counted),
        cmocka_unit_test(a_block_may_end_anywhere),
        cmocka_unit_test(the_bound_only_grows),
        cmocka_unit_test(depth_is_told),
        cmocka_unit_test(the_corpus_is_bounded),
        cmocka_unit_test(what_repeats_is_bounded),
        cmocka_unit_test(objects_and_long_texts_are_bounded),
        cmocka_unit_test(deep_texts_are_bounded),
        cmocka_unit_test(random_texts_are_bounded),
    };
    return cmocka_run_group_tests(tests, count_allocations, NULL);
}
