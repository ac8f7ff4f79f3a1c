/*
 * test_document.c: the parser of /await against that of /ping: the corpus and what fuzzing found,
 * however they are cut; deep and large texts; documents that are let go of in the middle.
 */
#include "document_check.h"

#include "base/buffer.h"
#include "base/coroutine.h"
#include "base/error.h"
#include "json/document.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_no_fault(const char *fault, const char *what, size_t at)
{
    if (fault)
        fail_msg("%s: %s (cut at %zu)", what, fault, at);
}

/* Cut everywhere if it is short, else in some places and in short pieces; and with little memory.
 */
static void check(const char *what, const char *bytes, size_t length)
{
    const size_t step = length < 200 ? 1 : length / 37;
    for (size_t first = 0; first <= length; first += step)
        assert_no_fault(document_check_split(bytes, length, first, length, SIZE_MAX), what, first);
    assert_no_fault(document_check_split(bytes, length, 7, 63, SIZE_MAX), what, 7);
    if (length < 5000)
        assert_no_fault(document_check_split(bytes, length, 1, 1, SIZE_MAX), what, 1);
    for (size_t most = 1024; most <= 1 << 20; most *= 2)
        assert_no_fault(document_check_split(bytes, length, 100, 100, most + 500), what, most);
}

static void each_file_of_a_folder(const char *folder)
{
    static char bytes[1 << 18];
    size_t files = 0;
    DIR *open = opendir(folder);
    assert_non_null(open);
    for (struct dirent *entry; (entry = readdir(open));) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = entry->d_type == DT_REG ? fopen(path, "rb") : NULL;
        if (!file)
            continue;
        const size_t length = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        check(entry->d_name, bytes, length);
        files++;
    }
    closedir(open);
    assert_true(files > 0);
}

static void the_corpus_is_taken_as_a_whole_is(void **state)
{
    (void)state;
    each_file_of_a_folder(CORPUS "/valid");
    each_file_of_a_folder(CORPUS "/invalid");
    each_file_of_a_folder(REGRESSIONS);
}

static void deep_texts_are(void **state)
{
    (void)state;
    static const char *const units[] = {"[", "{\"a\":", "[{\"a\":"};
    for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
        for (size_t depth = 2040; depth <= 2052; depth++) {
            CLEANUP(buffer_deinit)
            struct buffer text = {0};
            buffer_append_text(&text, "{\"name\":\"n\",\"data\":{},\"x\":");
            size_t open = 1;
            for (size_t n = 0; open < depth; n++) {
                open += i == 2 ? 2 : 1;
                buffer_append_text(&text, units[i]);
            }
            buffer_append_text(&text, "1");
            while (open > 1) {
                buffer_append_text(&text, i == 0 ? "]" : i == 1 ? "}" : "}]");
                open -= i == 2 ? 2 : 1;
            }
            buffer_append_text(&text, "}");
            assert_int_equal(text.error, 0);
            check("deep", text.data, text.length);
        }
    }
}

static void write_members(struct buffer *text, size_t members, size_t keys)
{
    buffer_append_text(text, "{\"name\":\"large\",\"data\":{");
    for (size_t i = 0; i < members; i++)
        buffer_append_format(text, "%s\"key%zu\": %zu", i ? ", " : "", i % keys, i);
    buffer_append_text(text, "}}");
    assert_int_equal(text->error, 0);
}

/* Also where keys repeat: the last value counts, at the place of the first. */
static void large_texts_are(void **state)
{
    (void)state;
    static const size_t keys[] = {200000, 1000, 3};
    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
        CLEANUP(buffer_deinit)
        struct buffer text = {0};
        write_members(&text, 200000, keys[i]);
        const char *fault = document_check_split(text.data, text.length, 16000, 16000, SIZE_MAX);
        assert_no_fault(fault, "large", keys[i]);
        fault = document_check_split(text.data, text.length, 16000, 16000, 4 << 20);
        assert_no_fault(fault, "too large", keys[i]);
    }
}

/* What it may hold is known before jansson sees the bytes, and never less than what it has taken.
 */
static void memory_is_told_in_advance(void **state)
{
    (void)state;
    enum { PIECE = 8000 };
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    write_members(&text, 50000, 50000);
    CLEANUP(document_deinit)
    struct document document;
    document_init(&document, &(struct bind_limits){.document = SIZE_MAX, .name = SIZE_MAX});
    assert_int_equal(document_holds(&document), 0);
    size_t before = 0;
    for (size_t at = 0; at < text.length; at += PIECE) {
        const size_t length = text.length - at < PIECE ? text.length - at : PIECE;
        document_foresee(&document, text.data + at, length);
        assert_true(document_holds(&document) >= before);
        before = document_holds(&document);
        assert_int_equal(document_feed(&document, text.data + at, length), 0);
        assert_true(document.document->arena.reserve_size >= document.bound ||
                    document.bound <= BIND_FIRST);
    }
    assert_true(before > 100 * 50000);
    int turns = 1;
    while (document_finish(&document) == DOCUMENT_AGAIN)
        turns++;
    assert_true(turns > 10); /* the binding, too, gives the thread back */
    assert_int_equal(document.param.summary.count, 50000);
}

static void it_is_let_go_of_in_the_middle(void **state)
{
    (void)state;
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    write_members(&text, 50000, 50000);
    for (size_t fed = 0; fed < text.length; fed += text.length / 20) {
        struct document document;
        document_init(&document, &(struct bind_limits){.document = SIZE_MAX, .name = SIZE_MAX});
        document_foresee(&document, text.data, fed);
        assert_int_equal(document_feed(&document, text.data, fed), 0);
        if (fed > text.length / 2)
            document_let_go(&document);
        document_deinit(&document);
        document_deinit(&document);
    }
    struct document document;
    document_init(&document, &(struct bind_limits){.document = SIZE_MAX, .name = SIZE_MAX});
    document_foresee(&document, text.data, text.length);
    assert_int_equal(document_feed(&document, text.data, text.length), 0);
    assert_int_equal(document_finish(&document), DOCUMENT_AGAIN);
    document_deinit(&document); /* in the middle of the binding */
    assert_true(coroutine_stacks_kept() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_corpus_is_taken_as_a_whole_is),
        cmocka_unit_test(deep_texts_are),
        cmocka_unit_test(large_texts_are),
        cmocka_unit_test(memory_is_told_in_advance),
        cmocka_unit_test(it_is_let_go_of_in_the_middle),
    };
    bind_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
