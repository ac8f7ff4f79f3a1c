/* difference.c: see difference.h. */
#include "analysis/difference.h"

#include <math.h>

#define PI 3.14159265358979323846

/* Values are known to three digits: the scatter of the logarithms is never less. */
#define RESOLUTION 0.0005

/* The middle part of Student's t within -t and t (Abramowitz and Stegun, 26.7.3 and 26.7.4). */
static double student_within(double t, size_t degrees)
{
    double angle = atan(t / sqrt((double)degrees));
    double square = cos(angle) * cos(angle);
    bool odd = degrees % 2;
    double term = odd ? cos(angle) : 1;
    double sum = degrees == 1 ? 0 : term;
    for (size_t k = odd ? 3 : 2; k < degrees; k += 2) {
        term *= square * (double)(k - 1) / (double)k;
        sum += term;
    }
    return odd ? (angle + sin(angle) * sum) * 2 / PI : sin(angle) * sum;
}

double difference_student(double risk, size_t degrees)
{
    double low = 0;
    double high = 1e6;
    for (int step = 0; step < 100; step++) {
        double middle = (low + high) / 2;
        if (student_within(middle, degrees) < 1 - risk)
            low = middle;
        else
            high = middle;
    }
    return high;
}

struct moments {
    double mean;
    double variance_of_mean;
};

static struct moments moments_of_logarithms(const double *values, size_t count)
{
    struct moments moments = {0};
    double squares = 0;
    for (size_t i = 0; i < count; i++)
        moments.mean += log(values[i]) / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += pow(log(values[i]) - moments.mean, 2);
    if (count > 1)
        moments.variance_of_mean =
            (squares / (double)(count - 1) + RESOLUTION * RESOLUTION) / (double)count;
    return moments;
}

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
    struct moments a = moments_of_logarithms(first, first_count);
    struct moments b = moments_of_logarithms(second, second_count);
    struct difference difference = {
        .first = first_count ? exp(a.mean) : 0,
        .second = second_count ? exp(b.mean) : 0,
        .ratio = first_count && second_count ? exp(b.mean - a.mean) : 0,
    };
    size_t fewer = first_count < second_count ? first_count : second_count;
    if (fewer < DIFFERENCE_ROUNDS_LEAST)
        return difference;
    double reach =
        difference_student(risk, fewer - 1) * sqrt(a.variance_of_mean + b.variance_of_mean);
    difference.bounded = true;
    difference.low = exp(b.mean - a.mean - reach);
    difference.high = exp(b.mean - a.mean + reach);
    difference.verdict = judge(difference.low, difference.high, margin);
    return difference;
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
