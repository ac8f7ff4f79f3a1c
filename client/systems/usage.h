/*
 * usage.h: what the processes of a server use while it is measured: resident
 * memory and CPU time of each process that we started and all that they
 * started, or that are in its process group, read from the kernel, so that it
 * works for any server.
 *
 * Memory is the sum over the processes of what is each one's own (anonymous
 * pages), and of each program's pages that come from files, counted once
 * however many processes run that program. It is sampled every 20 ms from
 * counters that the kernel keeps. (Proportional shares, PSS, would be split
 * with the other servers of the comparison, and to read them walks the page
 * tables under the lock that the server's own page faults need.)
 */
#ifndef LOOPLAG_CLIENT_USAGE_H
#define LOOPLAG_CLIENT_USAGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct usage {
    int64_t cpu_ns;             /**< user and system time, children that ended included */
    uint64_t memory_peak_bytes; /**< 0 when nothing could be read */
    unsigned processes;         /**< the most at a time */
};

struct usage_watch;

/**
 * Begins to watch the processes `roots`, their groups and their descendants. Returns 0 or a
 * negative errno (*watch is then NULL).
 */
int usage_start(struct usage_watch **watch, const pid_t *roots, size_t count);

/** Forgets the CPU time so far; takes a `struct usage_watch`. Memory is watched all the while. */
void usage_restart(void *watch);

/** Ends the watch and tells what was used in it. NULL is accepted: nothing. */
void usage_finish(struct usage_watch *watch, struct usage *used);

/** The peak that the kernel kept for one process since it began; 0 when it cannot be read. */
uint64_t usage_process_peak(pid_t pid);

#endif
