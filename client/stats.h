/*
 * stats.h: what one class did: counts, errors by kind and three histograms.
 * Each thread has its own; they are merged after join, and windows and rounds
 * are merged in the same way.
 */
#ifndef LOOPLAG_CLIENT_STATS_H
#define LOOPLAG_CLIENT_STATS_H

#include "base/histogram.h"
#include "outcome.h"

#include <stdint.h>

struct class_stats {
    uint64_t planned;
    uint64_t sent; /**< <= planned; the difference was never sent */
    uint64_t ok;
    uint64_t errors[OUTCOME_KINDS]; /**< errors[OUTCOME_OK] stays 0 */
    uint64_t bytes_sent;
    uint64_t bytes_received;
    int64_t cpu_ns;            /**< of the class's threads */
    struct histogram response; /**< ns, planned send to last byte; good replies only */
    struct histogram service;  /**< ns, actual send to last byte; good replies only */
    struct histogram send_lag; /**< ns, actual minus planned send; all that were sent */
};

/** Makes empty stats. Returns 0 or -ENOMEM (then nothing is held). */
int class_stats_init(struct class_stats *stats);

/** Frees the histograms. Zeroed stats are accepted; twice is fine. */
void class_stats_deinit(struct class_stats *stats);

/** Records one request that was planned for `planned_ns`. `planned` is the caller's to count. */
void class_stats_record(struct class_stats *stats, int64_t planned_ns,
                        const struct outcome *outcome);

/** Adds all of `from`. Returns 0 or -EINVAL (the histograms' layouts differ). */
int class_stats_merge(struct class_stats *into, const struct class_stats *from);

/** All errors of all kinds. */
uint64_t class_stats_errors(const struct class_stats *stats);

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
