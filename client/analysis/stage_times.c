/* stage_times.c: see stage_times.h. */
#include "analysis/stage_times.h"

#include "analysis/percentile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_size(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Of values in order; the mean of the middle two where none stands in the middle. */
static double median(const double *values, size_t count)
{
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/* Sorts the values. */
static struct stage_times describe(double *values, size_t count)
{
    if (count == 0)
        return (struct stage_times){.count = 0};
    qsort(values, count, sizeof *values, by_size);
    return (struct stage_times){
        .count = count,
        .least_ms = values[0],
        .median_ms = median(values, count),
        .p90_ms = percentile_is_known(count, 90) ? values[(9 * count + 9) / 10 - 1] : (double)NAN,
        .most_ms = values[count - 1],
    };
}

struct stage_times stage_times_of(const struct stages *stages, const struct stage *stage)
{
    double *ms = malloc((2 * stages->good + 1) * sizeof *ms);
    size_t count = 0;
    if (!ms)
        return (struct stage_times){.count = 0};
    double *shares = ms + stages->good;
    for (size_t i = 0; i < stages->good; i++) {
        if (stage->ms[i] < 0)
            continue;
        ms[count] = stage->ms[i];
        shares[count++] = stages->service_ms[i] > 0 ? stage->ms[i] / stages->service_ms[i] : 0;
    }
    struct stage_times times = describe(ms, count);
    times.share = describe(shares, count).median_ms;
    free(ms);
    return times;
}

struct stage_times stage_times_of_requests(const struct stages *stages)
{
    double *ms = malloc((stages->good + 1) * sizeof *ms);
    if (!ms)
        return (struct stage_times){.count = 0};
    memcpy(ms, stages->service_ms, stages->good * sizeof *ms);
    struct stage_times times = describe(ms, stages->good);
    times.share = times.count ? 1 : 0;
    free(ms);
    return times;
}
