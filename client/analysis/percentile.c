/* percentile.c: see percentile.h. */
#include "analysis/percentile.h"

#include <math.h>

#define TAIL 0.025 /* on each side of a 95 % interval */

bool percentile_is_known(uint64_t count, double percent)
{
    double rank = ceil(percent / 100.0 * (double)count - 1e-9);
    return count > 0 && (double)count - rank >= PERCENTILE_BEYOND;
}

static double log_binomial(double n, double k, double p)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p);
}

/*
 * How many of n samples lie at or below the true percentile is binomial. The
 * low rank l is the largest with P(X < l) <= TAIL, the high rank u the
 * smallest with P(X >= u) <= TAIL. The sum starts twelve deviations below the
 * mean: what lies before is lost in rounding.
 */
bool percentile_ranks(uint64_t count, double percent, struct percentile_ranks *ranks)
{
    double n = (double)count;
    double p = percent / 100.0;
    if (count == 0 || p <= 0 || p >= 1)
        return false;
    double k = fmax(0, floor(n * p - 12 * sqrt(n * p * (1 - p)) - 30));
    double mass = exp(log_binomial(n, k, p));
    double below = 0; /* P(X < k) */
    *ranks = (struct percentile_ranks){0};
    while (below < 1 - TAIL && k <= n) {
        if (below <= TAIL)
            ranks->low = (uint64_t)k;
        below += mass;
        mass *= (n - k) / (k + 1) * p / (1 - p);
        k++;
    }
    ranks->high = (uint64_t)k;
    return ranks->low >= 1 && ranks->high <= count;
}

bool percentile_interval(const struct histogram *histogram, double percent, int64_t *low,
                         int64_t *high)
{
    struct percentile_ranks ranks;
    if (!percentile_ranks(histogram->total, percent, &ranks))
        return false;
    double n = (double)histogram->total;
    *low = histogram_percentile(histogram, ((double)ranks.low - 0.5) * 100.0 / n);
    *high = histogram_percentile(histogram, ((double)ranks.high - 0.5) * 100.0 / n);
    return true;
}
