/*
 * stats.h: what the server measures of itself.
 *
 * Counters and histograms in shards: a thread records into one shard under
 * that shard's lock (almost never contended), a reader merges them all.
 */
#ifndef LOOPLAG_STATS_STATS_H
#define LOOPLAG_STATS_STATS_H

#include "base/histogram.h"

#include <stdint.h>

enum { STATS_ENDPOINTS_MAX = 8, STATS_STATUSES = 600 };

/** Size classes of request bodies. */
enum stats_size { STATS_SMALL, STATS_MEDIUM, STATS_LARGE, STATS_SIZES };

/** The name of a size class: "small" (< 64 KiB), "medium" (< 8 MiB), "large". */
const char *stats_size_name(enum stats_size size);

/** The size class of a body of `bytes` bytes. */
enum stats_size stats_size_of(uint64_t bytes);

/** One answered request. */
struct stats_reply {
    size_t endpoint; /**< row in the table of endpoints, or STATS_ENDPOINTS_MAX - 1 for none */
    int status;
    uint64_t bytes_in;  /**< body bytes received */
    uint64_t bytes_out; /**< body bytes of the reply */
    int64_t elapsed_ns; /**< from complete headers to the queued reply */
};

/** All that was recorded; made by stats_read, freed by stats_totals_deinit. */
struct stats_totals {
    uint64_t replies[STATS_STATUSES]; /**< by status */
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint64_t callbacks_ns;      /**< summed loop hold */
    struct histogram loop_hold; /**< ns a callback kept its thread */
    struct histogram latency[STATS_ENDPOINTS_MAX][STATS_SIZES]; /**< ns */
};

struct stats;

/** Returns NULL when there is no memory. */
struct stats *stats_new(void);
void stats_free(struct stats *stats);

/** Records that one callback kept its thread for `ns`. */
void stats_hold(struct stats *stats, int64_t ns);

/** Records one reply. */
void stats_reply(struct stats *stats, const struct stats_reply *reply);

/** Merges all shards into *totals. Returns 0 or -ENOMEM. */
int stats_read(struct stats *stats, struct stats_totals *totals);
void stats_totals_deinit(struct stats_totals *totals);

#endif
