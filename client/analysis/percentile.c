/* percentile.c: see percentile.h. */
#include "analysis/percentile.h"

#include "analysis/interval.h"
#include "measure/result.h"

#include <math.h>

#define RISK 0.05
#define TAIL (RISK / 2) /* on each side of a 95 % interval */

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
    return (struct percentile_source){.replies = &stats->response,
                                      .censored = class_stats_censored(stats),
                                      .waits = &stats->censored};
}

struct percentile_source percentile_service(const struct class_stats *stats)
{
    uint64_t failed = stats->sent > stats->ok ? stats->sent - stats->ok : 0;
    return (struct percentile_source){.replies = &stats->service, .censored = failed};
}

static struct percentile_source with_rounds(struct percentile_source source,
                                            const struct cell *cell, bool alone)
{
    source.windows = cell->windows;
    source.window_count = cell->window_count;
    source.alone = alone;
    return source;
}

struct percentile_source percentile_response_of(const struct cell *cell, bool alone)
{
    return with_rounds(percentile_response(alone ? &cell->baseline : &cell->stats), cell, alone);
}

struct percentile_source percentile_service_of(const struct cell *cell, bool alone)
{
    struct percentile_source source =
        with_rounds(percentile_service(alone ? &cell->baseline : &cell->stats), cell, alone);
    source.service = true;
    return source;
}

struct percentile_source percentile_plain(const struct histogram *histogram)
{
    return (struct percentile_source){.replies = histogram};
}

uint64_t percentile_count(const struct percentile_source *source)
{
    return source->replies->total + source->censored;
}

/* Of `count` requests, the smallest that is no less than so many of them. */
static uint64_t rank_of(uint64_t count, double percent)
{
    return (uint64_t)fmax(1, ceil(percent / 100.0 * (double)count - 1e-9));
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

/* What the rounds have: requests, those of them at or below a time, and sums of products. */
struct spread {
    size_t rounds;
    double below;
    double all;
    double below_below;
    double below_all;
    double all_all;
    size_t wholes; /* rounds that were not cut short */
    double logs;   /* of their own percentiles */
    double logs_logs;
};

static struct spread spread_of(const struct percentile_source *source, double percent, int64_t ns)
{
    struct spread spread = {0};
    for (size_t i = 0; i < source->window_count; i++) {
        const struct cell_window *window = &source->windows[i];
        if (window->alone != source->alone)
            continue;
        const struct percentile_source round = source->service
                                                   ? percentile_service(&window->stats)
                                                   : percentile_response(&window->stats);
        uint64_t count = percentile_count(&round);
        if (count == 0)
            continue;
        double all = (double)count;
        double below = (double)(round.replies->total - histogram_count_above(round.replies, ns));
        spread.rounds++;
        spread.below += below;
        spread.all += all;
        spread.below_below += below * below;
        spread.below_all += below * all;
        spread.all_all += all * all;
        if (window->cut)
            continue;
        double own = log(fmax(1, (double)least_at(&round, rank_of(count, percent))));
        spread.wholes++;
        spread.logs += own;
        spread.logs_logs += own * own;
    }
    return spread;
}

/*
 * Makes ranks reach as far as the rounds say. The share of requests at or below the
 * percentile is a quotient of sums over rounds (Cochran, Sampling Techniques, 1977,
 * 6.4); its log-odds are taken, for a share near 1 does not scatter evenly.
 */
static void widen_ranks(const struct spread *spread, double percent, double student,
                        struct percentile_ranks *ranks)
{
    double n = (double)spread->rounds;
    double share = spread->below / spread->all;
    if (share <= 0 || share >= 1)
        return;
    double squares =
        spread->below_below - 2 * share * spread->below_all + share * share * spread->all_all;
    double error = sqrt(fmax(0, squares) * n / (n - 1)) / spread->all;
    double reach = student * error / (share * (1 - share));
    double odds = percent / (100 - percent);
    double low = ceil(spread->all / (1 + exp(reach) / odds) - 1e-9);
    double high = ceil(spread->all / (1 + exp(-reach) / odds) - 1e-9);
    if (low < (double)ranks->low)
        ranks->low = low >= 1 ? (uint64_t)low : 1;
    if (high > (double)ranks->high)
        ranks->high = (uint64_t)high;
}

/* By which factor the mean of the rounds' own percentiles is uncertain; they scatter as logarithms.
 */
static double uncertainty(const struct spread *spread)
{
    if (spread->wholes < INTERVAL_ROUNDS_LEAST)
        return 1;
    double n = (double)spread->wholes;
    double student = interval_student(RISK, spread->wholes - 1);
    double squares = fmax(0, spread->logs_logs - spread->logs * spread->logs / n);
    return exp(student * sqrt(squares / (n - 1) / n));
}

/* The ends of the interval, where they are replies' times. */
static void bound(const struct percentile_source *source, double percent,
                  struct percentile_ranks ranks, struct percentile *found)
{
    struct spread spread = spread_of(source, percent, found->ns);
    double factor = uncertainty(&spread);
    if (spread.rounds >= INTERVAL_ROUNDS_LEAST && spread.all > 0)
        widen_ranks(&spread, percent, interval_student(RISK, spread.rounds - 1), &ranks);
    found->bounded = ranks.high <= source->replies->total;
    if (!found->bounded)
        return;
    double low =
        fmin((double)percentile_value_at(source->replies, ranks.low), (double)found->ns / factor);
    double high =
        fmax((double)percentile_value_at(source->replies, ranks.high), (double)found->ns * factor);
    found->low = (int64_t)low;
    found->high = (int64_t)fmin(high, (double)source->replies->highest);
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
    uint64_t rank = rank_of(count, percent);
    bool both = percentile_ranks(count, percent, &ranks);
    bool enough = percentile_is_known(count, percent);
    found.known = enough && rank <= replies;
    found.at_least = !found.known && (enough || ranks.low > replies);
    found.censored = rank > replies;
    found.ns = least_at(&source, found.at_least && !enough ? ranks.low : rank);
    if (found.known && both)
        bound(&source, percent, ranks, &found);
    return found;
}
