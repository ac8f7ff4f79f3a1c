/*
 * stats.h: what one class did: counts, errors by kind and histograms. Each
 * thread of a class records into its own; they are merged when it is joined,
 * and so are windows and rounds.
 */
#ifndef LOOPLAG_CLIENT_STATS_H
#define LOOPLAG_CLIENT_STATS_H

#include "base/histogram.h"
#include "send/outcome.h"

#include <stdint.h>

/** Statuses of HTTP. */
enum { STATUS_LEAST = 100, STATUS_MOST = 599 };

struct class_stats {
    uint64_t planned;
    uint64_t sent; /**< <= planned; the difference was never sent */
    uint64_t ok;
    uint64_t errors[OUTCOME_KINDS];                    /**< errors[OUTCOME_OK] stays 0 */
    uint64_t statuses[STATUS_MOST - STATUS_LEAST + 1]; /**< errors that are by their status */
    uint64_t resent; /**< sends beside `sent`: a reused connection was closed */
    uint64_t bytes_sent;
    uint64_t bytes_received;
    int64_t cpu_ns;   /**< of the class's threads */
    int64_t ran_ns;   /**< how long they ran, together */
    unsigned threads; /**< the most that a window had */
    uint64_t connections_opened;
    unsigned connections_most;    /**< at a time, of one window */
    uint64_t waits;               /**< requests that waited for a free connection */
    int64_t wait_longest_ns;      /**< and the longest of these waits */
    struct histogram response;    /**< ns, planned send to last byte; good replies only */
    struct histogram censored;    /**< ns, planned send to failure, or to the window's end of those
                                     never sent: their responses take at least so long */
    struct histogram service;     /**< ns, actual send to last byte; good replies only */
    struct histogram connect;     /**< ns, of it for a new connection; good replies only */
    struct histogram tls;         /**< ns, and for the TLS handshake after that */
    struct histogram send_lag;    /**< ns, actual minus planned send; all that were sent */
    struct histogram read_lag;    /**< ns, how long a good reply may have been there unread */
    struct histogram machine_lag; /**< ns, of a thread that only sleeps beside them: pulse.h */
};

/** Makes empty stats. Returns 0 or -ENOMEM (then nothing is held). */
int class_stats_init(struct class_stats *stats);

/** Frees the histograms. Zeroed stats are accepted; twice is fine. */
void class_stats_deinit(struct class_stats *stats);

/** Records one request that was planned for `planned_ns`. `planned` is the caller's to count. */
void class_stats_record(struct class_stats *stats, int64_t planned_ns,
                        const struct outcome *outcome);

/** Records a planned request that was not sent when its window ended. */
void class_stats_record_unsent(struct class_stats *stats, int64_t planned_ns, int64_t ended_ns);

/** Notes how many threads and connections a window had. */
void class_stats_count_means(struct class_stats *stats, unsigned threads, unsigned connections);

/** Adds all of `from`. Returns 0 or -EINVAL (the histograms' layouts differ). */
int class_stats_merge(struct class_stats *into, const struct class_stats *from);

/** Counts errors with a status; one that HTTP does not have is left out. */
void class_stats_count_status(struct class_stats *stats, int status, uint64_t count);

/** All errors of all kinds. */
uint64_t class_stats_errors(const struct class_stats *stats);

/** Planned requests without a good reply: failed or never sent. */
uint64_t class_stats_censored(const struct class_stats *stats);

/** What a report says of a histogram, in ms; all 0 when count is 0. */
struct figures {
    uint64_t count;
    double min;
    double p50;
    double mean;
    double p90;
    double p95;
    double p99;
    double max;
};

/** Reads the figures off a histogram of ns. */
struct figures figures_of(const struct histogram *histogram);

#endif
