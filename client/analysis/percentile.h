/*
 * percentile.h: what a percentile of a class is, and how far it can be trusted:
 * whether there are samples enough to speak of it, its confidence interval,
 * and what requests without a good reply leave of it.
 *
 * The interval is that of order statistics (David and Nagaraja, Order Statistics, 3rd
 * ed., 7.1), which takes requests as independent. Requests that met one stall are
 * not. So where there are rounds, the interval is at least as wide as two others. Woodruff's
 * is for samples that come in clusters (J. American Statistical Association 47, 1952): the
 * share of requests at or below the percentile is a figure of each round, Student's
 * interval of its log-odds is one of ranks, and the requests of these ranks are the ends. But
 * no rank lies beyond the slowest request. So Student's interval of the logarithms of the
 * rounds' own percentiles is the third: by the factor that it reaches, this one does, too.
 *
 * Such a request is censored: of its latency is only known what it is at
 * least. It ranks after every reply, in the order of what is known of it. So a
 * percentile whose rank falls on a reply is that reply's latency. Where the
 * rank falls on a censored request, the percentile is at least that request's
 * known wait, and at least the slowest reply's latency (right-censored order
 * statistics: Meeker and Escobar, Statistical Methods for Reliability Data,
 * 1998, 3.2).
 */
#ifndef LOOPLAG_CLIENT_PERCENTILE_H
#define LOOPLAG_CLIENT_PERCENTILE_H

#include "send/stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cell;
struct cell_window;

/** A percentile with fewer samples beyond it is not told. */
#define PERCENTILE_BEYOND 10

/** Whether at least PERCENTILE_BEYOND of `count` samples lie beyond `percent` (0 to 100). */
bool percentile_is_known(uint64_t count, double percent);

/** A pair of ranks from 1 to the count. */
struct percentile_ranks {
    uint64_t low;
    uint64_t high;
};

/**
 * The ranks between which the true percentile lies with a confidence of at
 * least 95 %, whatever the distribution, if samples are independent. Returns
 * false when `count` samples are too few for either end.
 */
bool percentile_ranks(uint64_t count, double percent, struct percentile_ranks *ranks);

/** What percentiles are taken of. Histograms are borrowed, of ns. */
struct percentile_source {
    const struct histogram *replies;
    uint64_t censored;                 /**< requests without a good reply */
    const struct histogram *waits;     /**< what is known of them; NULL or of fewer: nothing */
    const struct cell_window *windows; /**< among which are those that it is the sum of */
    size_t window_count;               /**< 0: it is not known what its rounds are */
    bool alone;                        /**< of the windows, those without the large classes */
    bool service;                      /**< from the actual sends */
};

/** All planned requests of a class, from their planned sends. */
struct percentile_source percentile_response(const struct class_stats *stats);

/** Those that were sent, from their sends; of the failed ones no wait is known. */
struct percentile_source percentile_service(const struct class_stats *stats);

/** The same of all windows of a cell, with the large classes or `alone`: rounds are known. */
struct percentile_source percentile_response_of(const struct cell *cell, bool alone);
struct percentile_source percentile_service_of(const struct cell *cell, bool alone);

/** The values of a histogram, none of them censored. */
struct percentile_source percentile_plain(const struct histogram *histogram);

/** How many requests the source has. */
uint64_t percentile_count(const struct percentile_source *source);

struct percentile {
    bool known;    /**< `ns` is the percentile, and samples enough lie beyond it */
    bool at_least; /**< it is not known, but surely at least `ns`; not both */
    bool censored; /**< `ns` is of a request without a good reply */
    int64_t ns;    /**< also set when there are too few samples to tell it: what they say */
    bool bounded;  /**< known, and so are both ends of its 95 % interval */
    int64_t low;
    int64_t high;
};

/** The value of a rank, from 1 to the histogram's total. */
int64_t percentile_value_at(const struct histogram *histogram, uint64_t rank);

/** The percentile (0 to 100) of all of the source's requests. */
struct percentile percentile_of(struct percentile_source source, double percent);

#endif
