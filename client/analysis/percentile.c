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
    *ranks = (struct percentile_ranks){0};
    if (count == 0 || p <= 0 || p >= 1)
        return false;
    double k = fmax(0, floor(n * p - 12 * sqrt(n * p * (1 - p)) - 30));
    double mass = exp(log_binomial(n, k, p));
    double below = 0; /* P(X < k) */
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

struct percentile_source percentile_response(const struct class_stats *stats)
{
    return (struct percentile_source){&stats->response, class_stats_censored(stats),
                                      &stats->censored};
}

struct percentile_source percentile_service(const struct class_stats *stats)
{
    uint64_t failed = stats->sent > stats->ok ? stats->sent - stats->ok : 0;
    return (struct percentile_source){.replies = &stats->service, .censored = failed};
}

struct percentile_source percentile_plain(const struct histogram *histogram)
{
    return (struct percentile_source){.replies = histogram};
}

uint64_t percentile_count(const struct percentile_source *source)
{
    return source->replies->total + source->censored;
}

int64_t percentile_value_at(const struct histogram *histogram, uint64_t rank)
{
    return histogram_percentile(histogram, ((double)rank - 0.5) * 100.0 / (double)histogram->total);
}

/* What the request of a rank takes at least; a reply takes just that. */
static int64_t least_at(const struct percentile_source *source, uint64_t rank)
{
    uint64_t replies = source->replies->total;
    if (rank <= replies)
        return percentile_value_at(source->replies, rank);
    const struct histogram *waits = source->waits;
    bool all_known = waits && waits->total == source->censored;
    int64_t wait = all_known ? percentile_value_at(waits, rank - replies) : 0;
    return wait > source->replies->max ? wait : source->replies->max;
}

/*
 * With few samples a percentile is not told, but it is surely among the
 * censored requests when the low end of its interval is.
 */
struct percentile percentile_of(struct percentile_source source, double percent)
{
    uint64_t count = percentile_count(&source);
    uint64_t replies = source.replies->total;
    struct percentile found = {0};
    struct percentile_ranks ranks;
    if (count == 0)
        return found;
    uint64_t rank = (uint64_t)fmax(1, ceil(percent / 100.0 * (double)count - 1e-9));
    bool both = percentile_ranks(count, percent, &ranks);
    bool enough = percentile_is_known(count, percent);
    found.known = enough && rank <= replies;
    found.at_least = !found.known && (enough || ranks.low > replies);
    found.censored = rank > replies;
    found.ns = least_at(&source, found.at_least && !enough ? ranks.low : rank);
    found.bounded = found.known && both && ranks.high <= replies;
    if (found.bounded) {
        found.low = percentile_value_at(source.replies, ranks.low);
        found.high = percentile_value_at(source.replies, ranks.high);
    }
    return found;
}
