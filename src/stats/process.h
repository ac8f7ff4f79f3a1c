/*
 * process.h: what the server's processes use, all together: the one that made the
 * statistics, the workers', and in CPU time those that have ended.
 */
#ifndef LOOPLAG_STATS_PROCESS_H
#define LOOPLAG_STATS_PROCESS_H

#include "stats/stats.h"

struct stats_process {
    int pid; /**< of the process that made the statistics */
    unsigned count;
    uint64_t rss_bytes;      /**< pages that several processes share count for each */
    uint64_t rss_peak_bytes; /**< the sum of each one's peak */
    uint64_t cpu_ns;
};

/** Looks at each process that lives; figures that the system does not tell are 0. */
void stats_process_read(struct stats *stats, struct stats_process *process);

#endif
