/* interval.c: see interval.h. */
#include "analysis/interval.h"

#include <math.h>

#define PI 3.14159265358979323846
#define RISK 0.05

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

double interval_student(double risk, size_t degrees)
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

static struct moments moments_of(const double *values, size_t count, double (*scale)(double))
{
    struct moments moments = {0};
    double squares = 0;
    for (size_t i = 0; i < count; i++)
        moments.mean += scale(values[i]) / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += pow(scale(values[i]) - moments.mean, 2);
    if (count > 1)
        moments.variance_of_mean = squares / (double)(count - 1) / (double)count;
    return moments;
}

struct moments interval_moments(const double *values, size_t count)
{
    struct moments moments = moments_of(values, count, log);
    if (count > 1)
        moments.variance_of_mean += RESOLUTION * RESOLUTION / (double)count;
    return moments;
}

static struct estimate estimate_of(const struct moments *moments, size_t count)
{
    struct estimate estimate = {.known = count > 0, .value = moments->mean};
    if (count < INTERVAL_ROUNDS_LEAST)
        return estimate;
    double reach = interval_student(RISK, count - 1) * sqrt(moments->variance_of_mean);
    estimate.bounded = true;
    estimate.low = estimate.value - reach;
    estimate.high = estimate.value + reach;
    return estimate;
}

static double as_it_is(double value)
{
    return value;
}

struct estimate interval_of_values(const double *values, size_t count)
{
    struct moments moments = moments_of(values, count, as_it_is);
    return estimate_of(&moments, count);
}

struct estimate interval_of_quotient(const double *parts, const double *wholes, size_t count)
{
    struct moments moments = {0};
    double part = 0;
    double whole = 0;
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        part += parts[i];
        whole += wholes[i];
    }
    if (whole <= 0)
        return (struct estimate){0};
    moments.mean = part / whole;
    for (size_t i = 0; i < count; i++)
        squares += pow(parts[i] - moments.mean * wholes[i], 2);
    double n = (double)count;
    if (count > 1)
        moments.variance_of_mean = squares / (n - 1) * n / (whole * whole);
    return estimate_of(&moments, count);
}

struct estimate interval_of_ratios(const double *ratios, size_t count)
{
    struct moments moments = interval_moments(ratios, count);
    struct estimate estimate = estimate_of(&moments, count);
    estimate.value = count ? exp(estimate.value) : 0;
    estimate.low = estimate.bounded ? exp(estimate.low) : 0;
    estimate.high = estimate.bounded ? exp(estimate.high) : 0;
    return estimate;
}

int interval_direction(const struct estimate *ratio)
{
    if (!ratio->bounded)
        return 0;
    return ratio->low > 1 ? 1 : ratio->high < 1 ? -1 : 0;
}

bool interval_shows_change(const struct estimate *ratio)
{
    return interval_direction(ratio) != 0;
}

bool interval_holds_zero(const struct estimate *difference)
{
    return difference->bounded && difference->low <= 0 && difference->high >= 0;
}
