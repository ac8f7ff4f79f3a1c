/* hgrm.c: see hgrm.h. */
#include "report/hgrm.h"

#include "base/clock.h"
#include "base/error.h"

#include <math.h>

#define TICKS_PER_HALF_DISTANCE 5

static double to_ms(int64_t ns)
{
    return (double)ns / (double)NS_PER_MS;
}

/* The level after `level`: the steps are halved whenever the distance to 100 is. */
static double next_level(double level)
{
    double halvings = floor(log(100.0 / (100.0 - level)) / log(2)) + 1;
    return level + 100.0 / (TICKS_PER_HALF_DISTANCE * pow(2, halvings));
}

static void append_line(const struct histogram *histogram, int32_t slot, double level,
                        uint64_t seen, struct buffer *out)
{
    double value = to_ms(histogram_slot_highest(histogram, slot));
    int digits = histogram->significant_digits;
    buffer_append_format(out, "%12.*f %2.12f %10llu", digits, value, level / 100.0,
                         (unsigned long long)seen);
    if (level < 100.0)
        buffer_append_format(out, " %14.2f", 1.0 / (1.0 - level / 100.0));
    buffer_append_text(out, "\n");
}

/* Every level reached at a slot gets a line; the last slot one for its level and one for 100. */
static void append_lines(const struct histogram *histogram, struct buffer *out)
{
    uint64_t seen = 0;
    double level = 0;
    for (int32_t slot = 0; seen < histogram->total; slot++) {
        if (histogram->counts[slot] == 0)
            continue;
        seen += histogram->counts[slot];
        bool last = seen == histogram->total;
        while (100.0 * (double)seen / (double)histogram->total >= level) {
            append_line(histogram, slot, level, seen, out);
            if (last)
                break;
            level = next_level(level);
        }
        if (last)
            append_line(histogram, slot, 100.0, seen, out);
    }
}

/* From the middles of the slots, in ms. */
static double deviation(const struct histogram *histogram)
{
    double mean = histogram_mean(histogram);
    double sum = 0;
    for (int32_t slot = 0; histogram->total && slot < histogram->counts_length; slot++) {
        double low = (double)histogram_slot_lowest(histogram, slot);
        double high = (double)histogram_slot_highest(histogram, slot);
        double distance = (low + high + 1) / 2 - mean;
        sum += distance * distance * (double)histogram->counts[slot];
    }
    return histogram->total ? sqrt(sum / (double)histogram->total) / (double)NS_PER_MS : 0;
}

void hgrm_write(const struct histogram *histogram, struct buffer *out)
{
    int digits = histogram->significant_digits;
    double max =
        histogram->total
            ? to_ms(histogram_slot_highest(histogram, histogram_slot(histogram, histogram->max)))
            : 0;
    buffer_append_format(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
                         "1/(1-Percentile)");
    append_lines(histogram, out);
    buffer_append_format(out, "#[Mean    = %12.*f, StdDeviation   = %12.*f]\n", digits,
                         histogram_mean(histogram) / (double)NS_PER_MS, digits,
                         deviation(histogram));
    buffer_append_format(out, "#[Max     = %12.*f, Total count    = %12llu]\n", digits, max,
                         (unsigned long long)histogram->total);
    buffer_append_format(out, "#[Buckets = %12d, SubBuckets     = %12d]\n",
                         (int)histogram->bucket_count, (int)histogram->sub_bucket_count);
}
