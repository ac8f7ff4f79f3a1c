/*
 * test_formats.c: what the client writes for other tools and reads back:
 * base64, HdrHistogram's V2 encoding, and histograms in JSON.
 */
#include "base/clock.h"
#include "base/error.h"
#include "report/base64.h"
#include "report/hdr_codec.h"
#include "report/json_histograms.h"
#include "report/text_table.h"
#include "report/wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

static void base64_is_rfc_4648s(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"},
                                           {"\xff\xef\xfe", "/+/+"}};
    for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++) {
        struct buffer text = {0};
        struct buffer bytes = {0};
        const char *plain = pairs[i][0];
        base64_encode(plain, strlen(plain), &text);
        assert_int_equal(text.error, 0);
        assert_int_equal(text.length, strlen(pairs[i][1]));
        assert_memory_equal(text.data ? text.data : "", pairs[i][1], text.length);
        assert_int_equal(base64_decode(pairs[i][1], text.length, &bytes), 0);
        assert_int_equal(bytes.length, strlen(plain));
        assert_memory_equal(bytes.data ? bytes.data : "", plain, bytes.length);
        buffer_deinit(&text);
        buffer_deinit(&bytes);
    }
}

static void bad_base64_is_told(void **state)
{
    (void)state;
    static const char *const bad[] = {"Z", "Zg=", "Zg", "Z===", "====", "Zm9*", "Zg==Zg==", "Z=9v"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct buffer bytes = {0};
        assert_int_equal(base64_decode(bad[i], strlen(bad[i]), &bytes), BASE64_INVALID);
        buffer_deinit(&bytes);
    }
}

/* Encodes, decodes and compares every count. */
static void assert_round_trip(const struct histogram *histogram)
{
    struct buffer text = {0};
    struct histogram back;
    hdr_encode(histogram, &text);
    assert_int_equal(text.error, 0);
    assert_memory_equal(text.data, "HISTFAAA", 8);
    assert_int_equal(hdr_decode(text.data, text.length, &back), 0);
    assert_int_equal(back.lowest, histogram->lowest);
    assert_int_equal(back.highest, histogram->highest);
    assert_int_equal(back.significant_digits, histogram->significant_digits);
    assert_int_equal(back.total, histogram->total);
    assert_int_equal(back.counts_length, histogram->counts_length);
    assert_memory_equal(back.counts, histogram->counts,
                        (size_t)back.counts_length * sizeof *back.counts);
    const double percents[] = {50, 90, 99, 99.9};
    for (size_t i = 0; i < ARRAY_LENGTH(percents); i++) {
        int64_t before = histogram_percentile(histogram, percents[i]);
        int64_t after = histogram_percentile(&back, percents[i]);
        assert_true(histogram_slot(&back, before) == histogram_slot(&back, after));
    }
    if (histogram->total) {
        double mean = histogram_mean(histogram);
        assert_true(back.min <= histogram->min && back.max >= histogram->max);
        assert_true(histogram_mean(&back) > mean * 0.999 - 512);
        assert_true(histogram_mean(&back) < mean * 1.001 + 512);
    }
    histogram_deinit(&back);
    buffer_deinit(&text);
}

static void histograms_come_back(void **state)
{
    (void)state;
    struct histogram histogram;
    assert_int_equal(histogram_init_latency(&histogram), 0);
    assert_round_trip(&histogram); /* empty */
    histogram_record(&histogram, 0);
    assert_round_trip(&histogram);
    uint64_t random = 1;
    for (int i = 0; i < 20000; i++) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        histogram_record(&histogram, (int64_t)(random >> (20 + random % 40)));
    }
    assert_round_trip(&histogram);
    histogram_record(&histogram, INT64_MAX); /* counted as the highest */
    histogram_record_n(&histogram, 77 * NS_PER_MS, UINT64_C(1) << 62);
    assert_round_trip(&histogram);
    histogram_deinit(&histogram);

    static const int64_t layouts[][3] = {
        {1, 2, 1}, {1, 3600000000, 3}, {1000, 4000000, 5}, {7, 1 << 20, 2}};
    for (size_t i = 0; i < ARRAY_LENGTH(layouts); i++) {
        assert_int_equal(
            histogram_init(&histogram, layouts[i][0], layouts[i][1], (int)layouts[i][2]), 0);
        for (int64_t value = layouts[i][0]; value <= layouts[i][1]; value = value * 5 / 4 + 1)
            histogram_record_n(&histogram, value, (uint64_t)value);
        assert_round_trip(&histogram);
        histogram_deinit(&histogram);
    }
}

/* Wraps the 40 bytes of a header and `counts` as the encoder does. */
static int decode_made(const uint8_t *header, const void *counts, size_t length)
{
    uint8_t plain[256];
    uint8_t packed[512] = {0x1c, 0x84, 0x93, 0x14};
    uLongf room = sizeof packed - 8;
    struct buffer text = {0};
    struct histogram histogram;
    memcpy(plain, header, 40);
    memcpy(plain + 40, counts, length);
    plain[7] = (uint8_t)length;
    assert_int_equal(compress(packed + 8, &room, plain, 40 + length), Z_OK);
    packed[6] = (uint8_t)(room >> 8);
    packed[7] = (uint8_t)room;
    base64_encode(packed, room + 8, &text);
    assert_int_equal(text.error, 0);
    int r = hdr_decode(text.data, text.length, &histogram);
    histogram_deinit(&histogram);
    buffer_deinit(&text);
    return r;
}

static void hostile_texts_are_refused(void **state)
{
    (void)state;
    /* cookie, length, offset, 3 digits, lowest 1, highest 2^16 */
    uint8_t header[40] = {0x1c, 0x84, 0x93, 0x13, [15] = 3, [23] = 1, [29] = 1};
    uint8_t changed[40];
    assert_int_equal(decode_made(header, "\x02\x04", 2), 0);
    static const struct {
        size_t at;
        uint8_t value;
    } edits[] = {{3, 0x23}, {15, 6}, {15, 0}, {23, 0}, {16, 0x7f}, {24, 0x7f}, {24, 0xff}, {11, 1}};
    for (size_t i = 0; i < ARRAY_LENGTH(edits); i++) {
        memcpy(changed, header, sizeof changed);
        changed[edits[i].at] = edits[i].value;
        assert_int_equal(decode_made(changed, "\x02\x04", 2), HDR_INVALID);
    }
    static const char least[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"; /* INT64_MIN empty */
    static const char most[] = "\xfe\xff\xff\xff\xff\xff\xff\xff\xff"
                               "\xfe\xff\xff\xff\xff\xff\xff\xff\xff"
                               "\xfe\xff\xff\xff\xff\xff\xff\xff\xff"; /* 3 * INT64_MAX */
    assert_int_equal(decode_made(header, least, 10), HDR_INVALID);
    assert_int_equal(decode_made(header, most, 27), HDR_INVALID);
    assert_int_equal(decode_made(header, "\xff\xff\xff\x01\x02", 5), HDR_INVALID); /* too far */
    assert_int_equal(decode_made(header, "\x80", 1), HDR_INVALID);                 /* cut short */

    static const char *const texts[] = {"",          "HIST",         "HISTFAAA",
                                        "no base64", "HISTFAAABBBB", "AAAAAAAAAAAAAAAA"};
    struct histogram histogram;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
        assert_int_equal(hdr_decode(texts[i], strlen(texts[i]), &histogram), HDR_INVALID);
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    struct histogram histogram;
    struct histogram back;
    struct buffer text = {0};
    assert_int_equal(histogram_init_latency(&histogram), 0);
    for (int i = 1; i < 100; i++)
        histogram_record(&histogram, (int64_t)i * i * NS_PER_US);
    hdr_encode(&histogram, &text);
    assert_int_equal(text.error, 0);
    for (size_t length = 0; length < text.length; length++)
        assert_int_equal(hdr_decode(text.data, length, &back), HDR_INVALID);
    histogram_deinit(&histogram);
    buffer_deinit(&text);
}

static void stats_come_back_from_json(void **state)
{
    (void)state;
    struct class_stats before;
    struct class_stats after;
    assert_int_equal(class_stats_init(&before), 0);
    assert_int_equal(class_stats_init(&after), 0);
    for (int i = 0; i < 500; i++) {
        const struct outcome outcome = {.sent_ns = 1000 + i, .end_ns = 12345 + 7777 * i};
        class_stats_record(&before, 100, &outcome);
    }
    json_t *object = json_object();
    assert_int_equal(json_histograms_set(object, &before), 0);
    struct json_fault fault = {0};
    const struct json_in in = {.json = object, .fault = &fault};
    json_histograms_read(&in, &after);
    assert_int_equal(fault.error, 0);
    struct figures first = figures_of(&before.response);
    struct figures second = figures_of(&after.response);
    assert_memory_equal(&first, &second, sizeof first);
    assert_int_equal(after.service.sum, before.service.sum);
    assert_int_equal(after.send_lag.min, 900);

    json_t *exact = json_object_get(json_object_get(object, "exact_ns"), "response");
    json_object_set_new(exact, "max", json_integer(INT64_MAX)); /* beyond the last slot */
    json_histograms_read(&in, &after);
    assert_int_equal(fault.error, JSON_IN_INVALID);
    assert_ptr_equal(strstr(fault.text, "exact_ns.response.max: "), fault.text);
    fault = (struct json_fault){0};
    json_object_set_new(exact, "max", json_integer(3000000)); /* below it: counts would be lost */
    json_histograms_read(&in, &after);
    assert_ptr_equal(strstr(fault.text, "exact_ns.response.max: 3000000 is not"), fault.text);
    json_object_del(object, "histograms");
    fault = (struct json_fault){0};
    json_histograms_read(&in, &after);
    assert_string_equal(fault.text, "histograms is missing");
    json_decref(object);
    class_stats_deinit(&before);
    class_stats_deinit(&after);
}

static void a_table_is_as_wide_as_its_cells(void **state)
{
    (void)state;
    static const char *const titles[] = {"A", "Long title"};
    CLEANUP(text_table_deinit)
    struct text_table table;
    CLEANUP(buffer_deinit)
    struct buffer out = {0};
    text_table_init(&table, 2, 2, titles);
    text_table_add(&table, "%s", "wide cell");
    text_table_add(&table, "%d", 1);
    text_table_add(&table, "%s", "x");
    text_table_add(&table, "%d", 22);
    text_table_add(&table, "%s", "one row too many is left out");
    text_table_tell(&table, &out);
    buffer_append(&out, "", 1);
    assert_string_equal(out.data, "| A         | Long title |\n"
                                  "|-----------|------------|\n"
                                  "| wide cell | 1          |\n"
                                  "| x         | 22         |\n");
}

static void long_lines_are_broken_between_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *wrapped;
    } rows[] = {
        {"one two three\nfour\n", "one two\nthree\nfour\n"},
        {"12345678 9\n", "12345678\n9\n"},
        {"123456789012 345\n", "123456789012\n345\n"},
        {"| a | bc |\n|---|----|\n| dd | e |\n\nend\n", "a   bc\ndd  e\n\nend\n"},
        {"| a | bcd | e |\n|---|---|---|\n| f | | hi |\n", "a  bcd\nf  \n\na  e\nf  hi\n"},
        {"|\n|\n", "\n"},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP(buffer_deinit)
        struct buffer text = {0};
        CLEANUP(buffer_deinit)
        struct buffer out = {0};
        buffer_append_text(&text, rows[i].text);
        wrap_text(&text, 8, &out);
        buffer_append(&out, "", 1);
        assert_string_equal(out.data, rows[i].wrapped);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_rfc_4648s),
        cmocka_unit_test(bad_base64_is_told),
        cmocka_unit_test(histograms_come_back),
        cmocka_unit_test(hostile_texts_are_refused),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(stats_come_back_from_json),
        cmocka_unit_test(a_table_is_as_wide_as_its_cells),
        cmocka_unit_test(long_lines_are_broken_between_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
