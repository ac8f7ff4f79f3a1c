/*
 * process_usage.h: what processes used, from /proc: of servers that tell
 * nothing of themselves, and of those made of several processes.
 */
#ifndef LOOPLAG_CLIENT_PROCESS_USAGE_H
#define LOOPLAG_CLIENT_PROCESS_USAGE_H

#include <stdint.h>
#include <sys/types.h>

struct process_usage {
    uint64_t rss_peak_bytes; /**< the sum of each process's own peak: shared pages count in each */
    double cpu_seconds;      /**< user and system, with that of children that ended */
};

/**
 * Adds what the process `pid` and its descendants that run used so far.
 * Returns 0, or -ESRCH when there is no such process.
 */
int process_usage_add(pid_t pid, struct process_usage *usage);

#endif
