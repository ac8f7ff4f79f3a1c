/*
 * test_scan.c: what the scanner says of single texts, against tables.
 * Built twice: with the fast paths of this machine, and with SCAN_SCALAR.
 */
#include "scan_check.h"
#include "json/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EMPTY_MODEL "{\"name\":\"n\",\"data\":{}"

static int scan_text(const char *text, size_t length, struct param_summary *summary,
                     struct violations *violations)
{
    struct scan scan;
    scan_init(&scan, SIZE_MAX);
    scan_feed(&scan, text, length);
    int code = scan_finish(&scan, summary, violations);
    scan_deinit(&scan);
    return code;
}

static void good_texts_are_summed_up(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *name;
        size_t count;
        int64_t maxval;
    } good[] = {
        {EMPTY_MODEL "}", "n", 0, 0},
        {"{\"data\":{\"a\":-5,\"b\":-7},\"name\":\"x\"}", "x", 2, -5},
        {"{\"data\":{\"a\":-0},\"name\":\"x\"}", "x", 1, 0},
        {"{\"data\":{\"a\":1,\"a\":9,\"a\":2},\"name\":\"x\"}", "x", 3, 9},
        {"{\"n\\u0061me\":\"\\ud83d\\ude00\",\"data\":{}}", "\xF0\x9F\x98\x80", 0, 0},
        {"{\"name\":1,\"data\":[],\"name\":\"x\",\"data\":{\"a\":3}}", "x", 1, 3},
        {"{\"name\":\"longer\",\"name\":\"x\",\"data\":{\"a\":3},\"data\":{}}", "x", 0, 0},
        {" {\"name\" : \"x\" ,\"data\"\t: { \"a\" : 1 , \"b\":\n2 } } ", "x", 2, 2},
        {"{\"name\":\"\",\"data\":{\"a\":-9223372036854775808}}", "", 1, INT64_MIN},
        {"{\"name\":\"\",\"data\":{\"a\":1,\"b\":9223372036854775807}}", "", 2, INT64_MAX},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
        struct scan scan;
        struct param_summary summary;
        struct violations violations;
        scan_init(&scan, SIZE_MAX);
        assert_int_equal(scan_feed(&scan, good[i].text, strlen(good[i].text)), 0);
        assert_int_equal(scan_finish(&scan, &summary, &violations), 0);
        assert_int_equal(summary.name_length, strlen(good[i].name));
        assert_memory_equal(summary.name, good[i].name, summary.name_length);
        assert_int_equal(summary.count, good[i].count);
        assert_true(summary.maxval == good[i].maxval);
        assert_false(summary.has_timestamp);
        scan_deinit(&scan);
        scan_deinit(&scan);
    }
}

static void timestamps_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } good[] = {
        {EMPTY_MODEL ",\"timestamp\":\"1970-01-01T00:00:01.5Z\"}", 1500000000},
        {EMPTY_MODEL ",\"timestamp\":\"1970-01-01T00:00:00.0000000019999999999999Z\"}", 1},
        {EMPTY_MODEL ",\"timestamp\":\"1970-01-01 01:00:00.1234+01:00\"}", 123400000},
        {EMPTY_MODEL ",\"timestamp\":8,\"timestamp\":\"1970-01-01t00:00:00\\u005a\"}", 0},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
        struct param_summary summary;
        struct violations violations;
        assert_int_equal(scan_text(good[i].text, strlen(good[i].text), &summary, &violations), 0);
        assert_true(summary.has_timestamp);
        assert_true(summary.timestamp_ns == good[i].ns);
    }
    static const char replaced[] =
        EMPTY_MODEL ",\"timestamp\":\"1970-01-01T00:00:01Z\",\"timestamp\":null}";
    struct param_summary summary;
    struct violations violations;
    assert_int_equal(scan_text(replaced, sizeof(replaced) - 1, &summary, &violations), 0);
    assert_false(summary.has_timestamp);
}

static void texts_that_are_not_json_have_an_offset(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length; /* 0: strlen */
        size_t offset;
        const char *reason;
    } bad[] = {
        {" ", 0, 1, "the text ends too early"},
        {"\"", 0, 1, "the text ends too early"},
        {"tru", 0, 3, "the text ends too early"},
        {"-", 0, 1, "the text ends too early"},
        {"1e", 0, 2, "the text ends too early"},
        {"{\"a\":[1", 0, 7, "the text ends too early"},
        {"trux", 0, 3, "expected true, false or null"},
        {"nullx", 0, 4, "expected the end"},
        {"01", 0, 1, "expected the end"},
        {"[1 2]", 0, 3, "expected ',' or ']'"},
        {"[1,]", 0, 3, "expected a value"},
        {"[,", 0, 1, "expected a value"},
        {"{,", 0, 1, "expected a key or '}'"},
        {"{\"a\":1,}", 0, 7, "expected a key"},
        {"{\"a\" 1}", 0, 5, "expected ':'"},
        {"{\"a\":1]", 0, 6, "expected ',' or '}'"},
        {"-a", 0, 1, "expected a digit"},
        {"1.e1", 0, 2, "expected a digit"},
        {"[1ex]", 0, 3, "expected an exponent"},
        {"\"\\x\"", 0, 2, "expected an escape"},
        {"\"a\nb\"", 0, 2, "a control character in a string"},
        {"\"a\0b\"", 5, 2, "a control character in a string"},
        {"1\0", 2, 1, "expected the end"},
        {"\xEF\xBB\xBF{}", 0, 0, "expected a value"},
        {"\"a\x80\"", 0, 2, "not UTF-8"},
        {"\"\xC0\xAF\"", 0, 1, "not UTF-8"},
        {"\"\xE0\x80\xAF\"", 0, 2, "not UTF-8"},
        {"\"\xED\xA0\x80\"", 0, 2, "not UTF-8"},
        {"\"\xF4\x90\x80\x80\"", 0, 2, "not UTF-8"},
        {"\"\xE2\x82\"", 0, 3, "not UTF-8"},
        {"\"\\u12G4\"", 0, 5, "expected a hexadecimal digit"},
        {"\"\\u0000\"", 0, 6, "U+0000 is not allowed"},
        {"\"\\udc00\"", 0, 4, "the second half of a surrogate pair alone"},
        {"\"\\ud800x\"", 0, 7, "expected the second half of a surrogate pair"},
        {"\"\\ud800\\n\"", 0, 8, "expected the second half of a surrogate pair"},
        {"\"\\ud800\\u0041\"", 0, 9, "expected the second half of a surrogate pair"},
        {"\"\\ud800\\ud800\"", 0, 10, "expected the second half of a surrogate pair"},
        {"[1e999,}", 0, 7, "expected a value"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct param_summary summary;
        struct violations violations;
        size_t length = bad[i].length ? bad[i].length : strlen(bad[i].text);
        assert_int_equal(scan_text(bad[i].text, length, &summary, &violations), SCAN_VIOLATION);
        assert_int_equal(violations.found, 1);
        assert_int_equal(violations.told, 1);
        assert_int_equal(violations.items[0].kind, VIOLATION_JSON_INVALID);
        assert_string_equal(violations.items[0].reason, bad[i].reason);
        assert_int_equal(violations.items[0].offset, bad[i].offset);
        assert_string_equal(violations.items[0].input, "{}");
    }
}

/* One line a violation: "kind field key input". */
static void write_violations(const struct violations *violations, char *out, size_t size)
{
    static const char *const kinds[] = {
        [VIOLATION_JSON_INVALID] = "json_invalid", [VIOLATION_BODY_MISSING] = "body_missing",
        [VIOLATION_MODEL_TYPE] = "model_type",     [VIOLATION_MISSING] = "missing",
        [VIOLATION_STRING_TYPE] = "string_type",   [VIOLATION_DICT_TYPE] = "dict_type",
        [VIOLATION_INT_TYPE] = "int_type",         [VIOLATION_INT_FROM_FLOAT] = "from_float",
        [VIOLATION_INT_SIZE] = "int_size",         [VIOLATION_NUMBER_SIZE] = "number_size",
        [VIOLATION_DATETIME] = "datetime",         [VIOLATION_DATETIME_TYPE] = "datetime_type",
        [VIOLATION_NO_ZONE] = "no_zone",
    };
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < violations->told; i++) {
        const struct violation *violation = &violations->items[i];
        used += (size_t)snprintf(out + used, size - used, "%s %s%s%s %s\n", kinds[violation->kind],
                                 violation->field, violation->in_data ? "." : "", violation->key,
                                 violation->input);
    }
    if (violations->found > violations->told)
        snprintf(out + used, size - used, "of %zu\n", violations->found);
}

static void violations_are_told_in_order(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *told;
    } bad[] = {
        {"", "body_missing  null\n"},
        {"[]", "model_type  []\n"},
        {"\"a\\n\"", "model_type  \"a\\n\"\n"},
        {"-1.50e0", "model_type  -1.50e0\n"},
        {"null", "body_missing  null\n"},
        {"1e999", "number_size  1e999\n"},
        {"[1e999]", "model_type  []\nnumber_size  1e999\n"},
        {"{}", "missing name {}\nmissing data {}\n"},
        {"{\"timestamp\":{},\"data\":[1],\"name\":null}",
         "string_type name null\ndict_type data []\ndatetime_type timestamp {}\n"},
        {EMPTY_MODEL ",\"timestamp\":\"soon\"}", "datetime timestamp \"soon\"\n"},
        {EMPTY_MODEL ",\"timestamp\":\"2026-11-22T13:05:59\"}",
         "no_zone timestamp \"2026-11-22T13:05:59\"\n"},
        {EMPTY_MODEL ",\"timestamp\":\"2026-11-22\"}", "datetime timestamp \"2026-11-22\"\n"},
        {EMPTY_MODEL ",\"\":1e999}", "number_size  1e999\n"},
        {EMPTY_MODEL ",\"name\":true}", "string_type name true\n"},
        {EMPTY_MODEL ",\"data\":{\"a\":\"1\",\"b\":true,\"c\":null,\"d\":1.0,\"e\":1e2,\"f\":[[]],"
                     "\"g\":{\"h\":{}}}}",
         "int_type data.a \"1\"\nint_type data.b true\nint_type data.c null\n"
         "from_float data.d 1.0\nfrom_float data.e 1e2\nint_type data.f []\nint_type data.g {}\n"},
        {EMPTY_MODEL ",\"x\":1e999,\"data\":{\"a\":\"\",\"b\":9223372036854775808,\"c\":[-1e999]}}",
         "int_type data.a \"\"\nint_size data.b 9223372036854775808\nint_type data.c []\n"
         "number_size x 1e999\nnumber_size data -1e999\n"},
        {"{\"data\":{\"a\":1e999,\"b\":\"x\"},\"data\":{\"c\":1},\"name\":\"n\"}",
         "number_size data.a 1e999\n"},
        {"{\"data\":{\"a\":0,\"b\":0,\"c\":null,\"d\":\"\",\"e\":1.5,\"f\":{},\"g\":[],\"h\":true,"
         "\"i\":false,\"j\":\"z\",\"k\":\"y\",\"l\":-9223372036854775809},\"x\":1e400}",
         "missing name {}\nint_type data.c null\nint_type data.d \"\"\nfrom_float data.e 1.5\n"
         "int_type data.f {}\nint_type data.g []\nint_type data.h true\nint_type data.i false\n"
         "of 12\n"},
        {"{\"data\":{\"a\":\"\",\"b\":\"\",\"c\":\"\",\"d\":\"\",\"e\":\"\",\"f\":\"\",\"g\":\"\","
         "\"h\":\"\",\"i\":1e999},\"data\":{},\"name\":\"\",\"x\":-1e999}",
         "number_size data.i 1e999\nnumber_size x -1e999\n"},
        {"{\"data\":{\"a\":1e999},\"x\":1e999,\"data\":{},\"name\":\"\"}",
         "number_size data.a 1e999\nnumber_size x 1e999\n"},
        {"{\"name\":1e999,\"data\":1e999,\"timestamp\":1e999}",
         "number_size name 1e999\nnumber_size data 1e999\nnumber_size timestamp 1e999\n"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct param_summary summary;
        struct violations violations;
        char told[4096];
        assert_int_equal(scan_text(bad[i].text, strlen(bad[i].text), &summary, &violations),
                         SCAN_VIOLATION);
        write_violations(&violations, told, sizeof(told));
        assert_string_equal(told, bad[i].told);
    }
}

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void long_texts_are_cut_at_a_character(void **state)
{
    (void)state;
    static const struct {
        const char *member;
        const char *key;
        const char *input;
    } cases[] = {
        {"\"" SIXTY "1234\":\"" SIXTY "1234\"", SIXTY "1234", "\"" SIXTY "1234\""},
        {"\"" SIXTY "12345\":\"" SIXTY "12345\"", SIXTY "1234...", "\"" SIXTY "1234...\""},
        {"\"" SIXTY "123\xC3\xA9\":\"" SIXTY "123\xC3\xA9 x\"", SIXTY "123...",
         "\"" SIXTY "123...\""},
        {"\"" SIXTY "123\\u00e9\":\"" SIXTY "\\u00e9\"", SIXTY "123...", "\"" SIXTY "...\""},
        {"\"" SIXTY "\\ud83d\\ude00x\":\"" SIXTY "\\ud83d\\ude00\"", SIXTY "\xF0\x9F\x98\x80...",
         "\"" SIXTY "...\""},
        {"\"k\":1." SIXTY "12", "k", "1." SIXTY "12"},
        {"\"k\":1." SIXTY "123", "k", "\"1." SIXTY "12...\""},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char text[512];
        struct param_summary summary;
        struct violations violations;
        int length = snprintf(text, sizeof(text), "{\"name\":\"\",\"data\":{%s}}", cases[i].member);
        assert_int_equal(scan_text(text, (size_t)length, &summary, &violations), SCAN_VIOLATION);
        assert_int_equal(violations.found, 1);
        assert_string_equal(violations.items[0].key, cases[i].key);
        assert_string_equal(violations.items[0].input, cases[i].input);
    }
}

/* The verdict on a number of an ignored key: accepted, or its size refused. */
static void check_size(const char *number, bool fits)
{
    char text[1024];
    struct param_summary summary;
    struct violations violations;
    int length = snprintf(text, sizeof(text), EMPTY_MODEL ",\"x\":%s}", number);
    assert_in_range(length, 1, sizeof(text) - 1);
    int code = scan_text(text, (size_t)length, &summary, &violations);
    if (code != (fits ? 0 : SCAN_VIOLATION))
        fail_msg("%s should %s", number, fits ? "fit" : "be too big");
    const char *fault = scan_check_reference(text, (size_t)length);
    if (fault)
        fail_msg("%s: %s", number, fault);
}

static void sizes_of_numbers_are_judged_to_the_digit(void **state)
{
    (void)state;
    /* 2^1024 - 2^970, the first number that rounds beyond a double. */
    static const char limit[] =
        "17976931348623158079372897140530341507993413271003782693617377898044496829276475094664"
        "90179775872070963302864166928879109465555478519404026306574886715058206819089020007083"
        "83676273854845817711531764475730270069855571366959622842914819860834936475292719074168"
        "444365510704342711559699508093042880177904174497792";
    char text[512];
    check_size("9223372036854775807", true);
    check_size("9223372036854775808", false);
    check_size("-9223372036854775808", true);
    check_size("-9223372036854775809", false);
    check_size("18446744073709551616", false);
    check_size("18446744073709551617", false);
    check_size(limit, false);
    snprintf(text, sizeof(text), "%s.0", limit);
    check_size(text, false);
    snprintf(text, sizeof(text), "-0.%se309", limit);
    check_size(text, false);
    snprintf(text, sizeof(text), "%.308s1.9999999999e0", limit);
    check_size(text, true);
    snprintf(text, sizeof(text), "%.308s200000000000e-11", limit);
    check_size(text, false);
    snprintf(text, sizeof(text), "0.000%.101se312", limit);
    check_size(text, true);
    snprintf(text, sizeof(text), "0.000%.101s9e312", limit);
    check_size(text, false);
    check_size("0.00e99999999999999999999999999", true);
    check_size("0.001e99999999999999999999999999", false);
    check_size("1e-99999999999999999999999999", true);
    check_size("10e307", true);
    check_size("10e308", false);
}

static void nesting_is_limited(void **state)
{
    (void)state;
    enum { MANY = 1000000 };
    static char text[2 * MANY];
    struct param_summary summary;
    struct violations violations;
    memset(text, '[', MANY);
    memset(text + MANY, ']', MANY);
    assert_int_equal(scan_text(text, sizeof(text), &summary, &violations), SCAN_VIOLATION);
    assert_int_equal(violations.items[0].kind, VIOLATION_JSON_INVALID);
    assert_int_equal(violations.items[0].offset, PARAM_MAX_DEPTH);
    const char *deepest = text + MANY - PARAM_MAX_DEPTH;
    scan_text(deepest, (size_t)2 * PARAM_MAX_DEPTH, &summary, &violations);
    assert_int_equal(violations.items[0].kind, VIOLATION_MODEL_TYPE);
}

/* In pieces of any size, and in bytes of UTF-8 as meant, not as sent. */
static void a_name_has_a_longest_length(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool fits; /* into five bytes */
    } rows[] = {
        {"{\"name\":\"12345\",\"data\":{}}", true},
        {"{\"name\":\"123456\",\"data\":{}}", false},
        {"{\"name\":\"\\u00e4\\u00e45\",\"data\":{}}", true},
        {"{\"name\":\"\\u00e4\\u00e4\\u00e4\",\"data\":{}}", false},
        {"{\"name\":\"1234567\",\"data\":{},\"name\":\"12\"}", true},
        {"{\"name\":\"12\",\"data\":{},\"name\":\"1234567\"}", false},
        {"{\"name\":\"1\",\"data\":{\"1234567\":1},\"1234567\":\"1234567\"}", true},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        for (size_t piece = 1; piece <= strlen(rows[i].text); piece++) {
            struct scan scan;
            struct param_summary summary;
            struct violations violations;
            const size_t length = strlen(rows[i].text);
            scan_init(&scan, 5);
            for (size_t at = 0; at < length; at += piece)
                assert_int_equal(
                    scan_feed(&scan, rows[i].text + at, piece < length - at ? piece : length - at),
                    0);
            const int code = scan_finish(&scan, &summary, &violations);
            assert_int_equal(code, rows[i].fits ? 0 : SCAN_VIOLATION);
            if (code) {
                assert_int_equal(violations.found, 1);
                assert_int_equal(violations.items[0].kind, VIOLATION_TOO_LONG);
                assert_string_equal(violations.items[0].field, "name");
                assert_int_equal(violations.max_name, 5);
            }
            assert_true(scan.name.length <= 5);
            scan_deinit(&scan);
        }
    }
}

static void a_refused_scan_stays_refused(void **state)
{
    (void)state;
    struct scan scan;
    struct param_summary summary;
    struct violations violations;
    scan_init(&scan, SIZE_MAX);
    assert_int_equal(scan_feed(&scan, NULL, 0), 0);
    assert_int_equal(scan_feed(&scan, "[1,,", 4), SCAN_VIOLATION);
    assert_int_equal(scan_feed(&scan, "2]", 2), SCAN_VIOLATION);
    assert_int_equal(scan_finish(&scan, &summary, &violations), SCAN_VIOLATION);
    assert_int_equal(violations.items[0].offset, 3);
    scan_deinit(&scan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_texts_are_summed_up),
        cmocka_unit_test(timestamps_are_read),
        cmocka_unit_test(texts_that_are_not_json_have_an_offset),
        cmocka_unit_test(violations_are_told_in_order),
        cmocka_unit_test(long_texts_are_cut_at_a_character),
        cmocka_unit_test(sizes_of_numbers_are_judged_to_the_digit),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(a_name_has_a_longest_length),
        cmocka_unit_test(a_refused_scan_stays_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
