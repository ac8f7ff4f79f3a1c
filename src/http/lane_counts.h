/*
 * lane_counts.h: how many large requests are admitted and how many wait, for
 * all processes of the server.
 *
 * The counts are in memory that is shared with the processes forked after
 * lane_counts_new, a row for each process. When a process dies, the supervisor frees
 * its places with lane_counts_forget. Each request that waits has a ticket, so that requests are
 * admitted in their order across processes, too.
 */
#ifndef LOOPLAG_HTTP_LANE_COUNTS_H
#define LOOPLAG_HTTP_LANE_COUNTS_H

#include "base/error.h"
#include "stats/gauges.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct lane_counts;

/** A ticket that nobody holds; larger than all others. */
#define LANE_NO_TICKET UINT64_MAX

/**
 * Counts for `processes` processes, of which `limit` (at least 1) large requests
 * in all are admitted at a time. Returns NULL when there is no memory.
 */
struct lane_counts *lane_counts_new(unsigned limit, unsigned processes);

/** Unmaps them in this process. NULL is accepted. */
void lane_counts_free(struct lane_counts *counts);

/** The functions marked "locked" need this lock. A process that died with it does not keep it. */
void lane_counts_lock(struct lane_counts *counts);
void lane_counts_unlock(struct lane_counts *counts);

/** Locked: waits for a signal to `wake`, without the lock meanwhile. */
void lane_counts_wait(struct lane_counts *counts, pthread_cond_t *wake);

/**
 * Locked: admits one request of a process that holds `ticket` (LANE_NO_TICKET:
 * it has just come). Returns false when the lane is full or another ticket is
 * older.
 */
bool lane_counts_admit(struct lane_counts *counts, unsigned process, uint64_t ticket);

/** Locked: an admitted request has ended. */
void lane_counts_end(struct lane_counts *counts, unsigned process);

/** Locked: returns a ticket for a request that waits. */
uint64_t lane_counts_ticket(struct lane_counts *counts);

/** Locked: the process has `waiting` requests waiting, the oldest with `oldest`. */
void lane_counts_set_waiting(struct lane_counts *counts, unsigned process, unsigned waiting,
                             uint64_t oldest);

/** Locked: the process has refused a request. */
void lane_counts_reject(struct lane_counts *counts, unsigned process);

/**
 * Frees the places of a process that has ended. The supervisor calls it before another
 * process gets the same number. NULL counts are accepted.
 */
void lane_counts_forget(struct lane_counts *counts, unsigned process);

/** Reads the sums over all processes; NULL counts are a lane without limit: zeros. */
struct stats_lane lane_counts_read(struct lane_counts *counts);

#endif
