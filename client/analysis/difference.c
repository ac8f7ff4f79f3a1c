/* difference.c: see difference.h. */
#include "analysis/difference.h"

#include "analysis/interval.h"

#include <math.h>

/* That a difference of the least size that is seen is not seen all the same. */
#define CHANCE_MISSED 0.2

static enum difference_verdict judge(double low, double high, double margin)
{
    if (low > 1 + margin || high < 1 / (1 + margin))
        return DIFFERENCE_DIFFERENT;
    if (low >= 1 / (1 + margin) && high <= 1 + margin)
        return DIFFERENCE_SAME;
    return DIFFERENCE_CANNOT_TELL;
}

struct difference difference_of(const double *first, size_t first_count, const double *second,
                                size_t second_count, double risk, double margin)
{
    struct moments a = interval_moments(first, first_count);
    struct moments b = interval_moments(second, second_count);
    struct difference difference = {
        .first = first_count ? exp(a.mean) : 0,
        .second = second_count ? exp(b.mean) : 0,
        .ratio = first_count && second_count ? exp(b.mean - a.mean) : 0,
    };
    size_t fewer = first_count < second_count ? first_count : second_count;
    if (fewer < DIFFERENCE_ROUNDS_LEAST)
        return difference;
    double reach =
        interval_student(risk, fewer - 1) * sqrt(a.variance_of_mean + b.variance_of_mean);
    difference.bounded = true;
    difference.low = exp(b.mean - a.mean - reach);
    difference.high = exp(b.mean - a.mean + reach);
    difference.verdict = judge(difference.low, difference.high, margin);
    return difference;
}

double difference_least_seen(double variance_of_mean, size_t rounds, double risk, double margin)
{
    if (rounds < DIFFERENCE_ROUNDS_LEAST)
        return 0;
    double t = interval_student(risk, rounds - 1) + interval_student(2 * CHANCE_MISSED, rounds - 1);
    return (1 + margin) * exp(t * sqrt(2 * variance_of_mean));
}

const char *difference_name(enum difference_verdict verdict)
{
    switch (verdict) {
    case DIFFERENCE_DIFFERENT:
        return "different";
    case DIFFERENCE_SAME:
        return "same";
    default:
        return "can't tell";
    }
}
