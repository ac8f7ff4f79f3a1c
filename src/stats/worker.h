/*
 * worker.h: the life signs of a worker: an event loop of a pool, a process of
 * prefork, or all of a server that has but one.
 *
 * A worker's record is in the statistics' shared mapping, so that the acceptor and
 * /stats see the records of every process. Recording is an uncontended atomic addition;
 * nothing locks.
 */
#ifndef LOOPLAG_STATS_WORKER_H
#define LOOPLAG_STATS_WORKER_H

#include "stats/recent.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** How far a worker was when a tick of WORKER_TICK_NS began: the last such ticks. */
enum { WORKER_PAST = 256 };
#define WORKER_TICK_NS ((int64_t)4 << 20)

struct worker_past {
    _Atomic int64_t tick;
    _Atomic uint64_t worked; /* requests that were answered, and not turned away */
    _Atomic uint64_t open;   /* connections */
};

struct worker {
    _Alignas(64) atomic_int pid;  /**< 0: nobody has this place */
    unsigned number;              /**< as replies and /stats name it, from 0 */
    atomic_bool ready;            /**< its process or loop serves */
    atomic_bool pressed;          /**< requests have waited for others of late */
    atomic_uint starts;           /**< how often somebody took the place */
    _Atomic int64_t began_ns;     /**< monotonic; when the last one took it */
    _Atomic int64_t seen_ns;      /**< monotonic; when its loop was last seen to go round */
    atomic_uint in_flight;        /**< requests begun and not ended */
    atomic_uint working;          /**< requests that keep it busy: see connections_count_work */
    _Atomic uint64_t handed;      /**< connections given to it by an acceptor */
    _Atomic uint64_t connections; /**< connections that it took */
    _Atomic uint64_t closed;      /**< of those, the ones that ended */
    _Atomic uint64_t requests;    /**< answered requests */
    _Atomic uint64_t turned_away; /**< of those, the ones that met too many others */
    _Atomic uint64_t by_handlers; /**< of those, the ones that handler threads answered */
    _Atomic uint64_t turn_waits;  /**< how often a body waited for others to be parsed */
    _Atomic uint64_t gave_way;    /**< how often a slice waited for a new connection */
    uint64_t hands_over_from;     /**< so large bodies go to handler threads; UINT64_MAX: none */
    _Atomic uint64_t body_bytes;  /**< of the bodies of requests in flight */
    struct worker_past past[WORKER_PAST];
    atomic_uint newest; /**< of the past; it only grows */
    struct recent recent;
};

/** A process takes the place; later it says that it serves. */
void worker_start(struct worker *worker, int pid);
void worker_serves(struct worker *worker);
bool worker_is_ready(const struct worker *worker);

/** Its loop has gone round at the monotonic time `now_ns`. */
static inline void worker_is_seen(struct worker *worker, int64_t now_ns)
{
    atomic_store_explicit(&worker->seen_ns, now_ns, memory_order_relaxed);
}

/** The process that had the place has ended, and with it its connections and requests. */
void worker_end(struct worker *worker);

/** A connection was taken, or ended. */
void worker_connection_begins(struct worker *worker);
void worker_connection_ends(struct worker *worker);

/** One was given to it, and there is no memory for it: it counts as taken, and ended. */
void worker_connection_lost(struct worker *worker);

/** A request begins. */
void worker_request_begins(struct worker *worker);

/** Takes note of how far the worker is at the monotonic time `now_ns`, once a tick. */
void worker_tick(struct worker *worker, int64_t now_ns);

/** `bytes` more are known to belong to the body of a request in flight. */
void worker_request_grows(struct worker *worker, uint64_t bytes);

/** A request is answered; one that will be was turned away because of others, or is answered by a
 * handler thread. */
void worker_request_answered(struct worker *worker);
void worker_request_turned_away(struct worker *worker);
void worker_request_handled(struct worker *worker);

/** A body waits for its turn to be parsed; a slice of one waits for a new connection. */
void worker_body_waits(struct worker *worker);
void worker_gives_way(struct worker *worker);

/** A request ends, answered or not; `bytes` is all that was known of its body. */
void worker_request_ends(struct worker *worker, uint64_t bytes);

/**
 * How many requests were surely worked on since a monotonic time that is not long ago, but no more
 * than connections were open: each has one request at a time, and whoever asks again at once is
 * not before those who wait.
 */
uint64_t worker_worked_since(const struct worker *worker, int64_t since_ns);

/** Requests in flight. */
unsigned worker_in_flight(const struct worker *worker);

#endif
