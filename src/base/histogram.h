/*
 * histogram.h: counts of values in log-linear buckets, so that every
 * percentile is known to a fixed number of significant digits in fixed memory.
 *
 * The layout is HdrHistogram's (Gil Tene, hdrhistogram.org), so that counts
 * can be exchanged with tools that read its formats. Recording neither
 * allocates nor locks: a histogram has one writer, and each thread's own are
 * merged after join.
 */
#ifndef LOOPLAG_BASE_HISTOGRAM_H
#define LOOPLAG_BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/** Values are whole numbers of any unit; the project records ns. */
struct histogram {
    int64_t lowest;  /**< lowest value that is told from zero, >= 1 */
    int64_t highest; /**< highest value; higher ones are counted as this */
    int significant_digits;

    int unit_magnitude;
    int sub_bucket_half_count_magnitude;
    int32_t sub_bucket_count;
    int32_t sub_bucket_half_count;
    int64_t sub_bucket_mask;
    int32_t bucket_count;
    int32_t counts_length;

    uint64_t total;
    int64_t min; /**< exact; 0 while empty */
    int64_t max; /**< exact; 0 while empty */
    uint64_t sum;
    uint64_t *counts;
};

/**
 * Makes an empty histogram for values from `lowest` to `highest` with 1 to 5
 * significant digits. Returns 0, -EINVAL or -ENOMEM.
 */
int histogram_init(struct histogram *histogram, int64_t lowest, int64_t highest,
                   int significant_digits);

/**
 * Fills in the layout alone, for counts that are kept elsewhere: histogram_slot
 * and its kin work, recording does not. Returns 0 or -EINVAL.
 */
int histogram_shape(struct histogram *histogram, int64_t lowest, int64_t highest,
                    int significant_digits);

/** The project's latencies: ns, 1 us to 1 day, 3 significant digits. */
int histogram_init_latency(struct histogram *histogram);

/** Frees the counts. A zeroed histogram is accepted; twice is fine. */
void histogram_deinit(struct histogram *histogram);

/** Counts one value; negative ones count as 0. */
void histogram_record(struct histogram *histogram, int64_t value);

/** Counts a value `count` times. */
void histogram_record_n(struct histogram *histogram, int64_t value, uint64_t count);

/** Adds all of `from`. Returns 0, or -EINVAL when the layouts differ. */
int histogram_merge(struct histogram *into, const struct histogram *from);

/**
 * Takes all of `from` off again, which `into` must hold. Minimum, maximum and
 * sum are then known to the width of a slot. Returns 0, or -EINVAL when the layouts
 * differ or `from` holds what `into` does not; then `into` is as it was.
 */
int histogram_subtract(struct histogram *into, const struct histogram *from);

/**
 * The value at or below which `percent` (0 to 100) of the recorded values are,
 * by nearest rank: the highest value of its bucket, never above max. 0 while
 * empty.
 */
int64_t histogram_percentile(const struct histogram *histogram, double percent);

/** Exact arithmetic mean; 0 while empty. */
double histogram_mean(const struct histogram *histogram);

/** How many recorded values lie in buckets wholly above `value`'s own. */
uint64_t histogram_count_above(const struct histogram *histogram, int64_t value);

/** The slot of a value in counts[], 0 to counts_length - 1. */
int32_t histogram_slot(const struct histogram *histogram, int64_t value);

/** The lowest and the highest value that share the slot. */
int64_t histogram_slot_lowest(const struct histogram *histogram, int32_t slot);
int64_t histogram_slot_highest(const struct histogram *histogram, int32_t slot);

#endif
