/* test_tokens.c: http/tokens.c: files of tokens, and who is let in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/keyed_hash.h"
#include "http/tokens.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/looplag-tokens-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    const int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void put(const char *text, size_t length)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
}

static bool accepts(struct tokens *tokens, const char *header, const char *expected)
{
    char user[TOKENS_USER_SIZE] = "";
    const bool accepted = tokens_accept(tokens, header, user);
    assert_string_equal(user, accepted ? expected : "");
    return accepted;
}

static void a_token_has_a_user(void **state)
{
    (void)state;
    static const char text[] = "# who may\n"
                               "\n"
                               "alice secret-1\r\n"
                               "  bob\t c2VjcmV0Mg==  \n"
                               "alice a.second~one_/+\n"
                               "carol last-without-newline";
    CLEANUP(tokens_deinit)
    struct tokens tokens;
    char error[TOKENS_ERROR_SIZE];
    put(text, sizeof text - 1);
    assert_int_equal(tokens_init(&tokens, path, error), 0);
    assert_true(tokens_are_asked_for(&tokens));
    assert_true(accepts(&tokens, "Bearer secret-1", "alice"));
    assert_true(accepts(&tokens, "bearer  secret-1", "alice"));
    assert_true(accepts(&tokens, "BEARER c2VjcmV0Mg==", "bob"));
    assert_true(accepts(&tokens, "Bearer a.second~one_/+", "alice"));
    assert_true(accepts(&tokens, "Bearer last-without-newline", "carol"));
    static const char *const wrong[] = {
        NULL,
        "",
        "Bearer",
        "Bearer ",
        "Bearer secret-",
        "Bearer secret-2",
        "Bearer secret-11",
        "Bearer secret-1 ",
        "Bearer secret-1, Bearer secret-1",
        "Bearer c2VjcmV0Mg=",
        "Bearer c2VjcmV0Mg===",
        "Bearer =",
        "Bearer alice",
        "Basic secret-1",
        "Bearer\tsecret-1",
        "secret-1",
        "Bearer #",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++)
        assert_false(accepts(&tokens, wrong[i], ""));
}

static void the_longest_token_is_the_longest(void **state)
{
    (void)state;
    CLEANUP(tokens_deinit)
    struct tokens tokens;
    char error[TOKENS_ERROR_SIZE];
    char text[256] = "u ";
    char header[256] = "Bearer ";
    memset(text + 2, 'a', TOKENS_LENGTH);
    memset(header + 7, 'a', TOKENS_LENGTH);
    put(text, 2 + TOKENS_LENGTH);
    assert_int_equal(tokens_init(&tokens, path, error), 0);
    assert_true(accepts(&tokens, header, "u"));
    header[7 + TOKENS_LENGTH] = 'a';
    assert_false(accepts(&tokens, header, ""));
    header[7 + TOKENS_LENGTH - 1] = '\0';
    assert_false(accepts(&tokens, header, ""));
}

static void files_that_cannot_be_meant_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *said;
    } rows[] = {
        {"", "no token"},
        {"# nothing\n", "no token"},
        {"a b\nalice\n", "line 2: a user without a token"},
        {"alice sec ret\n", "line 1: more than"},
        {"alice s\xc3\xa9"
         "cret\n",
         "line 1: not a token"},
        {"alice =\n", "not a token"},
        {"alice \"secret\"\n", "not a token"},
        {"a token\nb token\n", "line 2: this token stands in the file already"},
        {"a0123456789012345678901234567890123456789012345678901234567890123 t\n", "longer than 63"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP(tokens_deinit)
        struct tokens tokens;
        char error[TOKENS_ERROR_SIZE] = "";
        put(rows[i].text, strlen(rows[i].text));
        assert_int_equal(tokens_init(&tokens, path, error), -EINVAL);
        assert_non_null(strstr(error, rows[i].said));
        assert_non_null(strstr(error, path));
        assert_null(strstr(error, "sec"));
        assert_false(accepts(&tokens, "Bearer token", ""));
    }
}

static void assert_refused(const char *name, const char *said)
{
    CLEANUP(tokens_deinit)
    struct tokens tokens;
    char error[TOKENS_ERROR_SIZE] = "";
    assert_int_equal(tokens_init(&tokens, name, error), -EINVAL);
    assert_non_null(strstr(error, said));
}

static void files_that_others_may_use_are_refused(void **state)
{
    (void)state;
    put("a token\n", 8);
    for (mode_t mode = 0; mode <= 0777; mode++) {
        if ((mode & 0400) == 0 || chmod(path, mode) || mode == 0600 || mode == 0400)
            continue;
        assert_refused(path, "mode must be 0600");
    }
    assert_int_equal(chmod(path, 0600), 0);
    put("a\0b\n", 4);
    assert_refused(path, "NUL");
    assert_refused("/tmp", "no regular file");
    assert_refused("/nowhere/tokens", "No such file");
    static char large[(1 << 20) + 1];
    memset(large, '\n', sizeof large);
    put(large, sizeof large);
    assert_refused(path, "larger than 1 MiB");
}

static void a_file_is_read_anew_and_a_bad_one_changes_nothing(void **state)
{
    (void)state;
    CLEANUP(tokens_deinit)
    struct tokens tokens;
    char error[TOKENS_ERROR_SIZE];
    put("a one\n", 6);
    assert_int_equal(tokens_init(&tokens, path, error), 0);
    put("b two\n", 6);
    assert_true(accepts(&tokens, "Bearer one", "a"));
    assert_int_equal(tokens_reload(&tokens, error), 0);
    assert_false(accepts(&tokens, "Bearer one", ""));
    assert_true(accepts(&tokens, "Bearer two", "b"));
    put("c\n", 2);
    assert_int_equal(tokens_reload(&tokens, error), -EINVAL);
    assert_true(accepts(&tokens, "Bearer two", "b"));
}

/* The linker has each comparison of a token come here (--wrap). */
static unsigned compared;

bool __real_bytes_are_same(const void *left, const void *right, size_t length);
bool __wrap_bytes_are_same(const void *left, const void *right, size_t length);

bool __wrap_bytes_are_same(const void *left, const void *right, size_t length)
{
    compared++;
    return __real_bytes_are_same(left, right, length);
}

/* So nobody waits for the look-ups of strangers, and a long file is read in no time. */
static void a_look_up_costs_the_same_among_many(void **state)
{
    (void)state;
    enum { MANY = 10000, LINE = 40, MOST_FOR_ONE = 20 };
    static char text[MANY * LINE];
    CLEANUP(tokens_deinit)
    struct tokens tokens;
    char error[TOKENS_ERROR_SIZE];
    size_t length = 0;
    for (int i = 0; i < MANY; i++)
        length += (size_t)snprintf(text + length, LINE, "user-%d token-%d-abcdefghij\n", i, i);
    put(text, length);
    compared = 0;
    assert_int_equal(tokens_init(&tokens, path, error), 0);
    assert_in_range(compared, 0, MANY);
    unsigned all = 0;
    for (int i = 0; i < 2 * MANY; i++) {
        char header[64];
        char user[32];
        snprintf(header, sizeof header, "Bearer token-%d-abcdefghij", i);
        snprintf(user, sizeof user, "user-%d", i);
        compared = 0;
        assert_int_equal(accepts(&tokens, header, user), i < MANY);
        assert_in_range(compared, i < MANY ? 1 : 0, MOST_FOR_ONE);
        all += compared;
    }
    assert_in_range(all, MANY, 4 * MANY);
}

static void more_tokens_than_a_file_may_hold_are_refused(void **state)
{
    (void)state;
    enum { LINE = 16 };
    static char text[(TOKENS_MOST + 1) * LINE];
    char said[64];
    size_t length = 0;
    for (int i = 0; i <= TOKENS_MOST; i++)
        length += (size_t)snprintf(text + length, LINE, "u %d\n", i);
    snprintf(said, sizeof said, "line %d: more than %d tokens", TOKENS_MOST + 1, TOKENS_MOST);
    put(text, length);
    assert_refused(path, said);
}

static void without_a_file_nobody_is_asked(void **state)
{
    (void)state;
    struct tokens tokens;
    char error[TOKENS_ERROR_SIZE];
    assert_int_equal(tokens_init(&tokens, NULL, error), 0);
    assert_false(tokens_are_asked_for(&tokens));
    assert_int_equal(tokens_reload(&tokens, error), 0);
    tokens_deinit(&tokens);
    tokens_deinit(&tokens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_has_a_user),
        cmocka_unit_test(the_longest_token_is_the_longest),
        cmocka_unit_test(files_that_cannot_be_meant_are_refused),
        cmocka_unit_test(files_that_others_may_use_are_refused),
        cmocka_unit_test(a_file_is_read_anew_and_a_bad_one_changes_nothing),
        cmocka_unit_test(a_look_up_costs_the_same_among_many),
        cmocka_unit_test(more_tokens_than_a_file_may_hold_are_refused),
        cmocka_unit_test(without_a_file_nobody_is_asked),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
