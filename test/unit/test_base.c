/* test_base.c: clock, units, buffer, arena, pages and the histogram. */
#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/histogram.h"
#include "base/pages.h"
#include "base/timer.h"
#include "base/units.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void durations_have_units(void **state)
{
    (void)state;
    int64_t ns;
    assert_int_equal(units_parse_duration("10", &ns), 0);
    assert_int_equal(ns, 10 * NS_PER_S);
    assert_int_equal(units_parse_duration("0.5", &ns), 0);
    assert_int_equal(ns, 500 * NS_PER_MS);
    assert_int_equal(units_parse_duration("500ms", &ns), 0);
    assert_int_equal(ns, 500 * NS_PER_MS);
    assert_int_equal(units_parse_duration("2m", &ns), 0);
    assert_int_equal(ns, 120 * NS_PER_S);
    static const char *const bad[] = {"", "s", "-1", "1d", "nan", "inf", "0x10", "1 s", "1e99"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_int_equal(units_parse_duration(bad[i], &ns), -EINVAL);
}

static void sizes_have_units(void **state)
{
    (void)state;
    struct units_size size;
    assert_int_equal(units_parse_size("25", &size), 0);
    assert_false(size.suffixed);
    assert_int_equal(units_parse_size("64MiB", &size), 0);
    assert_true(size.suffixed);
    assert_int_equal(size.bytes, 64 * MIB);
    assert_int_equal(units_parse_size("1.5KB", &size), 0);
    assert_int_equal(size.bytes, 1500);
    static const char *const bad[] = {"", "MB", "-1", "1XB", "1e30", "1 MB", "0x1"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_int_equal(units_parse_size(bad[i], &size), -EINVAL);
}

static void numbers_are_written(void **state)
{
    (void)state;
    char text[UNITS_MS_SIZE];
    assert_int_equal(units_format_ms(12345678, text), 6);
    assert_string_equal(text, "12.345");
    units_format_ms(-999999, text);
    assert_string_equal(text, "-0.999");
    units_format_ms(1000, text);
    assert_string_equal(text, "0.001");
    units_format_integer(INT64_MIN, text);
    assert_string_equal(text, "-9223372036854775808");
    units_format_integer(0, text);
    assert_string_equal(text, "0");
}

static void timestamps_are_parsed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2000-02-29T12:00:00+02:00", 951818400},
        {"2026-11-22 13:05:59z", 1795352759},
        {"1969-12-31T23:59:59Z", -1},
    };
    int64_t ns;
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
        assert_int_equal(clock_parse_rfc3339(good[i].text, strlen(good[i].text), &ns), 0);
        assert_int_equal(ns, good[i].seconds * NS_PER_S);
    }
    assert_int_equal(clock_parse_rfc3339("1970-01-01T00:00:00.25Z", 23, &ns), 0);
    assert_int_equal(ns, NS_PER_S / 4);
    static const char *const bad[] = {
        "",
        "2026-11-22",
        "2026-11-22T13:05:59",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "x",
        "2026-11-22T24:00:00Z",
        "2026-11-22T13:05:59.Z",
        "2026-11-22T13:05:59Zx",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_int_equal(clock_parse_rfc3339(bad[i], strlen(bad[i]), &ns), -EINVAL);
    char text[CLOCK_RFC3339_SIZE];
    clock_format_rfc3339(INT64_C(1795352759123456789), text);
    assert_string_equal(text, "2026-11-22T13:05:59.123456Z");
}

static void buffer_grows_into_pages(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    for (unsigned i = 0; i < 300000; i++)
        assert_int_equal(buffer_append_format(&buffer, "%u,", i % 10), 0);
    assert_int_equal(buffer.length, 600000);
    assert_true(buffer.mapped);
    for (size_t i = 0; i < buffer.length; i += 2)
        assert_int_equal(buffer.data[i], '0' + (int)(i / 2 % 10));
    assert_int_equal(buffer_reserve(&buffer, SIZE_MAX), -ENOMEM);
    buffer_deinit(&buffer);
    buffer_deinit(&buffer);
    assert_null(buffer.data);
}

static void arena_serves_every_size(void **state)
{
    (void)state;
    char first[512];
    struct arena arena;
    arena_init(&arena, first, sizeof first);
    assert_ptr_equal(arena_alloc(&arena, 1), first);
    char *blocks[600];
    for (size_t i = 0; i < ARRAY_LENGTH(blocks); i++) {
        size_t size = i * 1009;
        blocks[i] = arena_alloc(&arena, size);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % ARENA_ALIGN, 0);
        memset(blocks[i], (int)i, size);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(blocks); i++) {
        for (size_t k = 0; k < i * 1009; k++)
            assert_int_equal((unsigned char)blocks[i][k], (unsigned char)i);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(blocks); i += 3)
        arena_release(&arena, blocks[i]);
    assert_null(arena_alloc(&arena, SIZE_MAX - 8));
    arena_deinit(&arena);
    arena_deinit(&arena);
}

static void arena_reuses_what_was_released_last(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL, 0);
    void *key = arena_alloc(&arena, 11);
    arena_alloc(&arena, 24);
    arena_alloc(&arena, 67);
    arena_release(&arena, key);
    assert_ptr_equal(arena_alloc(&arena, 16), key);
    assert_ptr_not_equal(arena_alloc(&arena, 16), key);
    arena_deinit(&arena);
}

static void pages_are_kept_and_trimmed(void **state)
{
    (void)state;
    enum { SIZE = 4 << 20 };
    pages_cache_limit(SIZE);
    char *first = pages_map(SIZE);
    char *second = pages_map(SIZE);
    assert_non_null(first);
    assert_non_null(second);
    first[0] = 'x';
    pages_unmap(first, SIZE);
    pages_unmap(second, SIZE); /* over the limit: goes back at once */
    assert_ptr_equal(pages_map(SIZE), first);
    pages_unmap(first, SIZE);
    pages_trim(0);
    char *fresh = pages_map(SIZE);
    assert_int_equal(fresh[0], 0);
    pages_cache_limit(0);
    pages_unmap(fresh, SIZE);
}

static int compare_values(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Values spread over nine decades, so that every bucket is visited. */
static int64_t next_value(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    double exponent = 3.0 + 9.0 * (double)(*seed >> 40) / (double)(1 << 24);
    return (int64_t)pow(10.0, exponent);
}

/* By itself glibc's malloc would take the second one from a heap, and keep its memory there. */
static void heaps_keep_no_large_memory(void **state)
{
    (void)state;
#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__ &&          \
    !defined __clang__
    pages_bound_heaps();
    for (int i = 0; i < 2; i++) {
        const size_t mappings = mallinfo2().hblks;
        void *memory = malloc(PAGES_OWN_MIN);
        assert_non_null(memory);
        assert_int_equal(mallinfo2().hblks, mappings + 1);
        free(memory);
        assert_int_equal(mallinfo2().hblks, mappings);
    }
#else
    skip();
#endif
}

static void percentiles_match_exact_ones(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    int64_t *values = calloc(COUNT, sizeof *values);
    struct histogram histogram;
    assert_int_equal(histogram_init_latency(&histogram), 0);
    uint64_t seed = 1;
    double sum = 0;
    for (size_t i = 0; i < COUNT; i++) {
        values[i] = next_value(&seed);
        sum += (double)values[i];
        histogram_record(&histogram, values[i]);
    }
    qsort(values, COUNT, sizeof *values, compare_values);
    static const double percents[] = {0, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100};
    for (size_t i = 0; i < ARRAY_LENGTH(percents); i++) {
        double wanted = ceil(percents[i] / 100 * COUNT);
        size_t rank = wanted < 1 ? 1 : (size_t)wanted;
        double exact = (double)values[rank - 1];
        double told = (double)histogram_percentile(&histogram, percents[i]);
        assert_true(told >= exact);
        /* three digits, and never finer than the lowest value's unit */
        assert_true(told - exact <= exact / 1000 + 512);
    }
    assert_int_equal(histogram.min, values[0]);
    assert_int_equal(histogram.max, values[COUNT - 1]);
    assert_int_equal(histogram_percentile(&histogram, 100), values[COUNT - 1]);
    assert_true(fabs(histogram_mean(&histogram) - sum / COUNT) < 1.0);
    histogram_deinit(&histogram);
    free(values);
}

static void slots_cover_the_range_without_gaps(void **state)
{
    (void)state;
    struct histogram histogram;
    assert_int_equal(histogram_init_latency(&histogram), 0);
    for (int32_t slot = 0; slot + 1 < histogram.counts_length; slot++) {
        int64_t low = histogram_slot_lowest(&histogram, slot);
        int64_t high = histogram_slot_highest(&histogram, slot);
        assert_int_equal(histogram_slot(&histogram, low), slot);
        assert_int_equal(histogram_slot(&histogram, high), slot);
        assert_int_equal(histogram_slot_lowest(&histogram, slot + 1), high + 1);
    }
    assert_true(histogram_slot_highest(&histogram, histogram.counts_length - 1) >=
                histogram.highest);
    histogram_deinit(&histogram);
    histogram_deinit(&histogram);
}

static void what_is_taken_off_leaves_the_rest(void **state)
{
    (void)state;
    struct histogram all;
    struct histogram part;
    assert_int_equal(histogram_init_latency(&all), 0);
    assert_int_equal(histogram_init_latency(&part), 0);
    histogram_record_n(&all, 5 * NS_PER_MS, 3);
    histogram_record_n(&all, 900 * NS_PER_MS, 2);
    histogram_record_n(&part, 5 * NS_PER_MS, 1);
    histogram_record_n(&part, 900 * NS_PER_MS, 2);
    assert_int_equal(histogram_subtract(&all, &part), 0);
    assert_int_equal(all.total, 2);
    assert_in_range(all.max, 5 * NS_PER_MS, 5 * NS_PER_MS + 10 * NS_PER_US);
    assert_true(all.min == all.max);
    assert_int_equal(histogram_subtract(&all, &part), -EINVAL); /* it holds none of 900 ms now */
    assert_int_equal(all.total, 2);
    histogram_deinit(&all);
    histogram_deinit(&part);
}

static void merged_halves_equal_the_whole(void **state)
{
    (void)state;
    struct histogram whole;
    struct histogram halves[2];
    assert_int_equal(histogram_init_latency(&whole), 0);
    assert_int_equal(histogram_init_latency(&halves[0]), 0);
    assert_int_equal(histogram_init_latency(&halves[1]), 0);
    uint64_t seed = 7;
    for (int i = 0; i < 10000; i++) {
        int64_t value = next_value(&seed);
        histogram_record(&whole, value);
        histogram_record(&halves[i % 2], value);
    }
    assert_int_equal(histogram_merge(&halves[0], &halves[1]), 0);
    assert_int_equal(halves[0].total, whole.total);
    assert_int_equal(halves[0].min, whole.min);
    assert_int_equal(halves[0].max, whole.max);
    assert_int_equal(halves[0].sum, whole.sum);
    assert_memory_equal(halves[0].counts, whole.counts,
                        (size_t)whole.counts_length * sizeof *whole.counts);
    struct histogram other;
    assert_int_equal(histogram_init(&other, 1, 1000, 2), 0);
    assert_int_equal(histogram_merge(&other, &whole), -EINVAL);
    histogram_deinit(&other);
    histogram_deinit(&whole);
    histogram_deinit(&halves[0]);
    histogram_deinit(&halves[1]);
}

static void values_outside_the_range_are_clamped(void **state)
{
    (void)state;
    struct histogram histogram;
    assert_int_equal(histogram_init_latency(&histogram), 0);
    histogram_record(&histogram, -5);
    histogram_record(&histogram, INT64_MAX);
    assert_int_equal(histogram.min, 0);
    assert_int_equal(histogram.max, 86400 * NS_PER_S);
    assert_int_equal(histogram_percentile(&histogram, 99), histogram.max);
    assert_int_equal(histogram_count_above(&histogram, NS_PER_S), 1);
    histogram_deinit(&histogram);
    assert_int_equal(histogram_init(&histogram, 0, 10, 3), -EINVAL);
    histogram_deinit(&histogram);
}

static void *stop_timer(void *argument)
{
    timer_stop(argument);
    return NULL;
}

static void timers_sleep_until_their_moment_or_a_stop(void **state)
{
    (void)state;
    struct timer timer;
    pthread_t thread;
    timer_init(&timer);
    int64_t moment = clock_now_ns() + NS_PER_MS;
    assert_true(timer_sleep_until(&timer, moment));
    assert_true(clock_now_ns() >= moment);
    assert_false(timer_is_stopped(&timer));
    assert_int_equal(pthread_create(&thread, NULL, stop_timer, &timer), 0);
    assert_false(timer_sleep_until(&timer, moment + 3600 * NS_PER_S));
    assert_true(clock_now_ns() < moment + 3600 * NS_PER_S);
    pthread_join(thread, NULL);
    assert_true(timer_is_stopped(&timer));
    assert_false(timer_sleep_until(&timer, moment));
    timer_deinit(&timer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_have_units),
        cmocka_unit_test(sizes_have_units),
        cmocka_unit_test(numbers_are_written),
        cmocka_unit_test(timestamps_are_parsed),
        cmocka_unit_test(timers_sleep_until_their_moment_or_a_stop),
        cmocka_unit_test(buffer_grows_into_pages),
        cmocka_unit_test(arena_serves_every_size),
        cmocka_unit_test(arena_reuses_what_was_released_last),
        cmocka_unit_test(pages_are_kept_and_trimmed),
        cmocka_unit_test(heaps_keep_no_large_memory),
        cmocka_unit_test(percentiles_match_exact_ones),
        cmocka_unit_test(slots_cover_the_range_without_gaps),
        cmocka_unit_test(what_is_taken_off_leaves_the_rest),
        cmocka_unit_test(merged_halves_equal_the_whole),
        cmocka_unit_test(values_outside_the_range_are_clamped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
