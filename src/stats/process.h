/*
 * process.h: what the server's processes use, all together: the one that made the
 * statistics, the workers', and in CPU time those that have ended.
 */
#ifndef LOOPLAG_STATS_PROCESS_H
#define LOOPLAG_STATS_PROCESS_H

#include "stats/stats.h"

/** Zeroed: nothing was read. */
struct stats_process {
    int pid; /**< of the process that made the statistics */
    unsigned count;
    uint64_t rss_bytes;      /**< pages that several processes share count for each */
    uint64_t rss_peak_bytes; /**< the sum of each one's peak */
    uint64_t cpu_ns;
    unsigned places; /* of workers, so many were looked at */
};

/**
 * Looks at some more processes that live: a part of the work that takes a fraction of a
 * millisecond. Returns false when it was the last one. Figures that the system does not tell are 0.
 */
bool stats_process_read(struct stats *stats, struct stats_process *process);

#endif
