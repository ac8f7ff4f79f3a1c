/*
 * histogram.c: see histogram.h.
 *
 * A value falls into one of `bucket_count` buckets, each twice as wide as the
 * one before, and there into one of `sub_bucket_count` equal parts. The lower
 * half of every bucket but the first repeats the bucket before, so only upper
 * halves are stored: slot = (bucket + 1) * half_count + (sub_bucket - half_count).
 */
#include "base/histogram.h"

#include "base/clock.h"
#include "base/error.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int magnitude_of(uint64_t value)
{
    return value ? 63 - __builtin_clzll(value) : 0;
}

static int32_t buckets_needed(int64_t highest, int32_t sub_bucket_count, int unit_magnitude)
{
    int64_t untrackable = (int64_t)sub_bucket_count << unit_magnitude;
    int32_t needed = 1;
    while (untrackable <= highest) {
        needed++;
        if (untrackable > INT64_MAX / 2)
            break;
        untrackable <<= 1;
    }
    return needed;
}

int histogram_shape(struct histogram *histogram, int64_t lowest, int64_t highest,
                    int significant_digits)
{
    memset(histogram, 0, sizeof *histogram);
    if (lowest < 1 || highest < lowest * 2 || significant_digits < 1 || significant_digits > 5)
        return -EINVAL;
    int64_t single_unit = 2;
    for (int i = 0; i < significant_digits; i++)
        single_unit *= 10;
    int sub_magnitude = magnitude_of((uint64_t)single_unit - 1) + 1;

    histogram->lowest = lowest;
    histogram->highest = highest;
    histogram->significant_digits = significant_digits;
    histogram->unit_magnitude = magnitude_of((uint64_t)lowest);
    if (histogram->unit_magnitude + sub_magnitude > 62)
        return -EINVAL;
    histogram->sub_bucket_half_count_magnitude = sub_magnitude - 1;
    histogram->sub_bucket_count = (int32_t)1 << sub_magnitude;
    histogram->sub_bucket_half_count = histogram->sub_bucket_count / 2;
    histogram->sub_bucket_mask = ((int64_t)histogram->sub_bucket_count - 1)
                                 << histogram->unit_magnitude;
    histogram->bucket_count =
        buckets_needed(highest, histogram->sub_bucket_count, histogram->unit_magnitude);
    histogram->counts_length = (histogram->bucket_count + 1) * histogram->sub_bucket_half_count;
    return 0;
}

int histogram_init(struct histogram *histogram, int64_t lowest, int64_t highest,
                   int significant_digits)
{
    int error = histogram_shape(histogram, lowest, highest, significant_digits);
    if (error)
        return error;
    histogram->counts = calloc((size_t)histogram->counts_length, sizeof *histogram->counts);
    return histogram->counts ? 0 : -ENOMEM;
}

int histogram_init_latency(struct histogram *histogram)
{
    return histogram_init(histogram, NS_PER_US, 86400 * NS_PER_S, 3);
}

void histogram_deinit(struct histogram *histogram)
{
    if (!histogram)
        return;
    free(histogram->counts);
    memset(histogram, 0, sizeof *histogram);
}

int32_t histogram_slot(const struct histogram *histogram, int64_t value)
{
    int bucket = magnitude_of((uint64_t)(value | histogram->sub_bucket_mask)) -
                 histogram->unit_magnitude - histogram->sub_bucket_half_count_magnitude;
    int32_t sub_bucket = (int32_t)(value >> (bucket + histogram->unit_magnitude));
    return ((bucket + 1) << histogram->sub_bucket_half_count_magnitude) +
           (sub_bucket - histogram->sub_bucket_half_count);
}

/* The bucket of a slot and the slot's place in it. */
static int bucket_of_slot(const struct histogram *histogram, int32_t slot, int32_t *sub_bucket)
{
    int bucket = (slot >> histogram->sub_bucket_half_count_magnitude) - 1;
    *sub_bucket =
        (slot & (histogram->sub_bucket_half_count - 1)) + histogram->sub_bucket_half_count;
    if (bucket < 0) {
        *sub_bucket -= histogram->sub_bucket_half_count;
        bucket = 0;
    }
    return bucket;
}

int64_t histogram_slot_lowest(const struct histogram *histogram, int32_t slot)
{
    int32_t sub_bucket;
    int bucket = bucket_of_slot(histogram, slot, &sub_bucket);
    return (int64_t)sub_bucket << (bucket + histogram->unit_magnitude);
}

int64_t histogram_slot_highest(const struct histogram *histogram, int32_t slot)
{
    int32_t sub_bucket;
    int bucket = bucket_of_slot(histogram, slot, &sub_bucket);
    return (((int64_t)sub_bucket + 1) << (bucket + histogram->unit_magnitude)) - 1;
}

void histogram_record_n(struct histogram *histogram, int64_t value, uint64_t count)
{
    if (count == 0)
        return;
    if (value < 0)
        value = 0;
    if (value > histogram->highest)
        value = histogram->highest;
    histogram->counts[histogram_slot(histogram, value)] += count;
    if (histogram->total == 0 || value < histogram->min)
        histogram->min = value;
    if (value > histogram->max)
        histogram->max = value;
    histogram->total += count;
    histogram->sum += (uint64_t)value * count;
}

void histogram_record(struct histogram *histogram, int64_t value)
{
    histogram_record_n(histogram, value, 1);
}

/* The slots that hold anything stand between these two. */
static int32_t first_slot(const struct histogram *histogram)
{
    return histogram_slot(histogram, histogram->min);
}

static int32_t last_slot(const struct histogram *histogram)
{
    return histogram_slot(histogram, histogram->max);
}

static bool is_alike(const struct histogram *a, const struct histogram *b)
{
    return a->lowest == b->lowest && a->highest == b->highest &&
           a->significant_digits == b->significant_digits;
}

int histogram_merge(struct histogram *into, const struct histogram *from)
{
    if (!is_alike(into, from))
        return -EINVAL;
    if (from->total == 0)
        return 0;
    for (int32_t i = first_slot(from); i <= last_slot(from); i++)
        into->counts[i] += from->counts[i];
    if (into->total == 0 || from->min < into->min)
        into->min = from->min;
    if (from->max > into->max)
        into->max = from->max;
    into->total += from->total;
    into->sum += from->sum;
    return 0;
}

int histogram_subtract(struct histogram *into, const struct histogram *from)
{
    if (!is_alike(into, from))
        return -EINVAL;
    for (int32_t i = first_slot(from); i <= last_slot(from); i++) {
        if (from->counts[i] > into->counts[i])
            return -EINVAL;
    }
    const int32_t first = first_slot(into);
    const int32_t last = last_slot(into);
    const int64_t most = into->max;
    into->total = into->sum = 0;
    into->min = into->max = 0;
    for (int32_t i = first; i <= last; i++) {
        uint64_t left = into->counts[i] - from->counts[i];
        int64_t highest = histogram_slot_highest(into, i);
        into->counts[i] = 0;
        histogram_record_n(into, highest < most ? highest : most, left);
    }
    return 0;
}

int64_t histogram_percentile(const struct histogram *histogram, double percent)
{
    if (histogram->total == 0)
        return 0;
    double wanted = ceil(percent / 100.0 * (double)histogram->total);
    uint64_t rank = wanted < 1 ? 1 : (uint64_t)wanted;
    if (rank > histogram->total)
        rank = histogram->total;
    uint64_t seen = 0;
    for (int32_t slot = first_slot(histogram); slot <= last_slot(histogram); slot++) {
        seen += histogram->counts[slot];
        if (seen >= rank) {
            int64_t value = histogram_slot_highest(histogram, slot);
            return value < histogram->max ? value : histogram->max;
        }
    }
    return histogram->max;
}

double histogram_mean(const struct histogram *histogram)
{
    return histogram->total ? (double)histogram->sum / (double)histogram->total : 0.0;
}

uint64_t histogram_count_above(const struct histogram *histogram, int64_t value)
{
    uint64_t above = 0;
    if (value >= histogram->max)
        return 0;
    for (int32_t slot = histogram_slot(histogram, value < 0 ? 0 : value) + 1;
         slot <= last_slot(histogram); slot++)
        above += histogram->counts[slot];
    return above;
}
