/*
 * acceptor.h: accepts connections and hands each to the least busy worker.
 *
 * Busy is what a worker has open, what it has in flight, and the bytes of the
 * bodies in flight: a loop that parses 25 MB counts as one with 400
 * connections more, and gets none while another has less to do. Workers that are
 * about as busy as each other take turns. What workers have is read from their records in
 * the statistics, so it doesn't matter whether they are threads or processes.
 */
#ifndef LOOPLAG_DAEMON_ACCEPTOR_H
#define LOOPLAG_DAEMON_ACCEPTOR_H

#include "stats/worker.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/** An accepted connection. */
struct accepted {
    int fd;
    struct sockaddr_storage peer;
    socklen_t length;
};

struct acceptor {
    int listener;            /**< borrowed; non-blocking */
    unsigned count;          /**< workers */
    unsigned limit;          /**< most open connections of all workers together */
    unsigned limit_each;     /**< and of one; 0: the same */
    unsigned last;           /**< the worker that got the last connection */
    struct worker **workers; /**< `count` records; NULL: takes none now */
    /**
     * Gives a connection to a worker; takes the descriptor in every case. Returns 0,
     * ACCEPTOR_FULL when the worker can't take it now (then the descriptor
     * stays the caller's), or negative.
     */
    int (*give)(void *cls, unsigned worker, const struct accepted *accepted);
    void *cls;
    struct accepted kept; /**< accepted and not given yet; fd -1: none */
};

/** A positive result of give. */
enum { ACCEPTOR_FULL = 1 };

/** What acceptor_step found. */
enum acceptor_state {
    ACCEPTOR_EMPTY, /* nobody waits: poll the listener */
    ACCEPTOR_MORE,  /* it took as many as it may in one step */
    ACCEPTOR_STUCK, /* no place or no descriptor now: try again in a few ms */
};

/** Accepts and hands out up to a few dozen connections. */
enum acceptor_state acceptor_step(struct acceptor *acceptor);

/**
 * Hands an accepted connection to the least busy worker. Returns 0, ACCEPTOR_FULL when
 * none takes it (then the descriptor stays the caller's), or negative (it is closed).
 */
int acceptor_give(struct acceptor *acceptor, const struct accepted *accepted);

/** How busy a worker is; the unit is a connection. */
uint64_t acceptor_load(const struct worker *worker);

/**
 * Of `count` workers, those with `limit` connections aside, the next after `last` that
 * is about as busy as the least busy; `count` when there is none.
 */
unsigned acceptor_pick(struct worker *const *workers, unsigned count, unsigned last,
                       unsigned limit);

#endif
