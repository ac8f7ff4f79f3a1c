/*
 * stats.h: what the server measures of itself.
 *
 * Counters and histograms in one shared mapping, made before any thread or
 * process of the server, so that each sees the figures of all. A thread takes
 * a slot of its own for as long as it lives and records into it without a lock; a
 * reader merges the slots. When there are more threads than slots, the
 * last threads share a few, with atomic additions. The counts of a slot stay when the
 * thread that recorded them has ended.
 */
#ifndef LOOPLAG_STATS_STATS_H
#define LOOPLAG_STATS_STATS_H

#include "base/histogram.h"
#include "stats/worker.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

enum { STATS_ENDPOINTS_MAX = 16, STATS_STATUSES = 600 };

/** Size classes of request bodies. */
enum stats_size { STATS_SMALL, STATS_MEDIUM, STATS_LARGE, STATS_SIZES };

/** The name of a size class: "small" (< 64 KiB), "medium" (< 8 MiB), "large". */
const char *stats_size_name(enum stats_size size);

/** The size class of a body of `bytes` bytes. */
enum stats_size stats_size_of(uint64_t bytes);

/** Why a connection was ended from outside, or a request turned away. */
enum stats_limit {
    STATS_NO_LIMIT = -1,
    STATS_HEADER_TIMEOUT, /**< its head did not come in time */
    STATS_BODY_TIMEOUT,   /**< its body paused for too long */
    STATS_BODY_RATE,      /**< its body came too slowly */
    STATS_IDLE_TIMEOUT,   /**< it was kept, and nothing more came */
    STATS_REPLY_TIMEOUT,  /**< its reply was not taken in time */
    STATS_MADE_ROOM,      /**< it waited for its head, and another needed its place */
    STATS_PER_IP,         /**< its address had too many */
    STATS_CONNECTIONS,    /**< a request: no place was left for its connection */
    STATS_INFLIGHT,       /**< a request: too many were before it */
    STATS_INFLIGHT_BYTES, /**< a request: others hold the memory for its body or document */
    STATS_USER_LIMIT,     /**< a request: its user has too many large ones */
    STATS_LIMITS,
};

/** "header_timeout" and so on. */
const char *stats_limit_name(enum stats_limit limit);

/** What became of a TLS handshake. */
enum stats_tls { STATS_TLS_DONE, STATS_TLS_FAILED, STATS_TLS };

/** One answered request. */
struct stats_reply {
    size_t endpoint; /**< row in the table of endpoints, or STATS_ENDPOINTS_MAX - 1 for none */
    int status;
    uint64_t bytes_in;  /**< body bytes received */
    uint64_t bytes_out; /**< body bytes of the reply */
    int64_t elapsed_ns; /**< from complete headers to the queued reply */
};

/**
 * All that was recorded; made by stats_read, freed by stats_totals_deinit. A histogram of what was
 * never recorded is a zeroed one.
 */
struct stats_totals {
    uint64_t replies[STATS_STATUSES]; /**< by status */
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint64_t log_dropped;           /**< lines of the access log */
    uint64_t limited[STATS_LIMITS]; /**< connections that were ended, requests that were refused */
    uint64_t tls[STATS_TLS];        /**< handshakes */
    struct histogram loop_hold;     /**< ns a callback kept its thread */
    struct histogram loop_hold_cpu; /**< the same in CPU time, an upper bound */
    struct histogram large_hold;    /**< ns a large request kept its thread in one piece */
    struct histogram latency[STATS_ENDPOINTS_MAX][STATS_SIZES]; /**< ns */
};

/** What one worker did, all processes that had its number together. */
struct stats_worker {
    int pid; /**< of the newest; 0: none lives */
    uint64_t starts;
    uint64_t connections;
    uint64_t open;
    uint64_t requests;
    uint64_t by_handlers;
    uint64_t turn_waits;
    uint64_t gave_way;
    uint64_t in_flight;
};

struct stats;

/**
 * Makes the mapping, for `workers` workers with `generations` places each: a
 * worker's successor may begin before it has ended. Returns NULL when
 * there is no memory.
 */
struct stats *stats_new(unsigned workers, unsigned generations);

/**
 * Unmaps it, for this process. Every thread that recorded has ended, the
 * caller aside.
 */
void stats_free(struct stats *stats);

/** How many workers there are. */
unsigned stats_workers(const struct stats *stats);

/** The index of a worker's place, below stats_workers() and generations. */
unsigned stats_place_of(const struct stats *stats, unsigned number, unsigned generation);

/** Its record. */
struct worker *stats_worker(struct stats *stats, unsigned number, unsigned generation);

/** Sums the places of a worker. */
void stats_worker_read(struct stats *stats, unsigned number, struct stats_worker *worker);

/** The longest hold and answer of a worker in one tick of recent.h, in ns; 0: under a millisecond.
 */
struct stats_moment {
    int64_t hold_ns;
    int64_t answer_ns;
};
struct stats_moment stats_worker_moment(struct stats *stats, unsigned number, int64_t tick);

/** Requests in flight, of all workers. */
uint64_t stats_in_flight(struct stats *stats);

/** The server was told to end: it still serves, but /readyz answers 503. */
void stats_drain_begins(struct stats *stats);
bool stats_is_draining(const struct stats *stats);

/** How many slots were ever taken at the same time. */
unsigned stats_slots_used(struct stats *stats);

/** Every worker's every place, below stats_places(). */
unsigned stats_places(const struct stats *stats);
struct worker *stats_place(struct stats *stats, unsigned index);
unsigned stats_index_of(struct stats *stats, const struct worker *worker);

/** The process that made the statistics. */
int stats_pid(const struct stats *stats);

/** Notes what a process that has ended used; and the CPU time of all those, in ns. */
void stats_process_ended(struct stats *stats, const struct rusage *usage);
uint64_t stats_ended_ns(const struct stats *stats);

/** Gives back the slots of a process that is gone. What it recorded stays. */
void stats_forget_process(struct stats *stats, int pid);

/**
 * Records that one callback kept its thread for `ns` of wall time and at most
 * `cpu_ns` of the thread's CPU time.
 */
void stats_hold(struct stats *stats, int64_t ns, int64_t cpu_ns);

/** Records that a large request kept its thread for `ns` in one piece. */
void stats_large_hold(struct stats *stats, int64_t ns);

/** Records one reply. */
void stats_reply(struct stats *stats, const struct stats_reply *reply);

/** Records that a limit was applied. */
void stats_limited(struct stats *stats, enum stats_limit limit);

/** Records how a TLS handshake ended. */
void stats_tls(struct stats *stats, enum stats_tls how);

/** When the TLS certificate expires, in s since 1970; 0: there is none, and no TLS. */
void stats_set_certificate(struct stats *stats, int64_t expires_s);
int64_t stats_certificate(const struct stats *stats);

/** Records that lines of the access log were dropped. */
void stats_log_dropped(struct stats *stats, uint64_t lines);

/** Merges all slots into *totals. Returns 0 or -ENOMEM; stats_totals_deinit must follow. */
int stats_read(struct stats *stats, struct stats_totals *totals);
void stats_totals_deinit(struct stats_totals *totals);

#endif
