/*
 * test_scan_pieces.c: the scanner against jansson and against itself, however
 * the text is cut: the corpus, what fuzzing found, and random members of data.
 * Built twice: with the fast paths of this machine, and with SCAN_SCALAR.
 */
#include "scan_check.h"
#include "json/scan.h"

#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_no_fault(const char *fault, const char *what, size_t at)
{
    if (fault)
        fail_msg("%s: %s (cut at %zu)", what, fault, at);
}

/* The whole, every place to cut it in two, and byte by byte. */
static void check_everywhere(const char *what, const char *bytes, size_t length)
{
    assert_no_fault(scan_check_reference(bytes, length), what, 0);
    assert_no_fault(scan_check_split(bytes, length, 1, 1), what, 1);
    for (size_t first = 1; first < length; first++)
        assert_no_fault(scan_check_split(bytes, length, first, length), what, first);
}

static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot open %s", path);
    enum { MOST = 1 << 16 };
    char *bytes = malloc(MOST);
    assert_non_null(bytes);
    *length = fread(bytes, 1, MOST, file);
    assert_true(*length < MOST);
    fclose(file);
    return bytes;
}

/* The verdict that a file's name promises: y_model_, y_, n_, or none. */
static void check_promise(const char *name, const char *bytes, size_t length)
{
    struct scan scan;
    struct param_summary summary;
    struct violations violations;
    scan_init(&scan, SIZE_MAX);
    scan_feed(&scan, bytes, length);
    int code = scan_finish(&scan, &summary, &violations);
    scan_deinit(&scan);
    enum violation_kind kind = code ? violations.items[0].kind : VIOLATION_MODEL_TYPE;
    if (!strncmp(name, "y_model_", 8) && code)
        fail_msg("%s should be accepted", name);
    if (!strncmp(name, "y_", 2) && kind == VIOLATION_JSON_INVALID)
        fail_msg("%s should be JSON", name);
    if (!strncmp(name, "n_", 2) && !code)
        fail_msg("%s should be refused", name);
    if (!strncmp(name, "n_", 2) && strncmp(name, "n_size_", 7) && kind != VIOLATION_JSON_INVALID)
        fail_msg("%s should not be JSON", name);
}

static size_t check_directory(const char *directory)
{
    size_t files = 0;
    DIR *listing = opendir(directory);
    if (!listing)
        fail_msg("cannot open %s", directory);
    for (const struct dirent *entry; (entry = readdir(listing));) {
        if (entry->d_name[0] == '.')
            continue;
        char path[1024];
        size_t length;
        snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        char *bytes = read_file(path, &length);
        check_promise(entry->d_name, bytes, length);
        check_everywhere(path, bytes, length);
        free(bytes);
        files++;
    }
    closedir(listing);
    return files;
}

static void the_corpus_agrees_with_jansson_however_it_is_cut(void **state)
{
    (void)state;
    assert_in_range(check_directory(CORPUS "/valid"), 100, 1000);
    assert_in_range(check_directory(CORPUS "/invalid"), 100, 1000);
}

static void what_fuzzing_found_stays_fixed(void **state)
{
    (void)state;
    check_directory(REGRESSIONS);
}

static uint32_t draw(uint32_t *seed, uint32_t bound)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8) % bound;
}

/* Members in the forms that the fast path takes, and in some that it doesn't. */
static size_t write_member(uint32_t *seed, char *out, size_t size)
{
    static const char *const gaps[] = {"", " ", "", " ", "  ", "\n\t"};
    static const char *const oddities[] = {"\\u00e9", "\xC3\xA9", "\\\"", "\t", "\xFF"};
    static const char *const values[] = {"-",    "01",   "1.5",   "9223372036854775808", "1e3",
                                         "null", "-012", "1e999", "9223372036854775807", "-0"};
    char key[128];
    char value[32];
    size_t length = draw(seed, 40) ? draw(seed, 24) : draw(seed, 100);
    for (size_t i = 0; i < length; i++)
        key[i] = (char)('a' + draw(seed, 26));
    key[length] = '\0';
    if (!draw(seed, 30))
        strcpy(key + length, oddities[draw(seed, draw(seed, 20) ? 3 : ARRAY_LENGTH(oddities))]);
    uint32_t bits = draw(seed, 62);
    int64_t number = (int64_t)(((uint64_t)draw(seed, 1 << 20) << 42) >> bits);
    snprintf(value, sizeof(value), "%" PRId64, draw(seed, 4) ? number : -number);
    if (!draw(seed, 200))
        strcpy(value, values[draw(seed, ARRAY_LENGTH(values))]);
    return (size_t)snprintf(out, size, "\"%s\"%s:%s%s%s,%s", key, gaps[draw(seed, 10) ? 0 : 1],
                            gaps[draw(seed, ARRAY_LENGTH(gaps))], value,
                            gaps[draw(seed, 10) ? 0 : 1], gaps[draw(seed, ARRAY_LENGTH(gaps))]);
}

static void random_members_agree_with_jansson_however_they_are_cut(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        char text[16384];
        size_t used = (size_t)snprintf(text, sizeof(text), "{\"name\":\"n\",\"data\":{");
        for (uint32_t members = draw(&seed, 60); members > 0; members--)
            used += write_member(&seed, text + used, sizeof(text) - used);
        used += (size_t)snprintf(text + used, sizeof(text) - used, "\"last\":%u}}", round);
        assert_no_fault(scan_check_reference(text, used), text, 0);
        assert_no_fault(scan_check_split(text, used, 1, 1), text, 1);
        size_t first = draw(&seed, (uint32_t)used);
        assert_no_fault(scan_check_split(text, used, first, used), text, first);
        assert_no_fault(scan_check_split(text, used, first, 1 + draw(&seed, 200)), text, first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_corpus_agrees_with_jansson_however_it_is_cut),
        cmocka_unit_test(what_fuzzing_found_stays_fixed),
        cmocka_unit_test(random_members_agree_with_jansson_however_they_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
