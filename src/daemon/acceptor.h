/*
 * acceptor.h: accepts connections and hands each to the least busy worker.
 *
 * Busy is what a worker has open, what it has in flight, and the bytes of the
 * bodies in flight: a loop that parses 25 MB counts as one with 400
 * connections more, and gets none while another has less to do. Workers that are
 * about as busy as each other take turns. What workers have is read from their records in
 * the statistics, so it doesn't matter whether they are threads or processes.
 *
 * With a reserve, a connection whose first head announces a large body goes to a worker outside of
 * it. What is not known in time, and what comes later on a kept connection, may still meet a worker
 * of the reserve, which hands large bodies to a thread: so bodies do not make it any busier.
 */
#ifndef LOOPLAG_DAEMON_ACCEPTOR_H
#define LOOPLAG_DAEMON_ACCEPTOR_H

#include "daemon/heads.h"
#include "stats/worker.h"

#include <stdbool.h>
#include <stdint.h>

struct acceptor {
    int listener;            /**< borrowed; non-blocking */
    unsigned count;          /**< workers */
    unsigned limit;          /**< most open connections of all workers together */
    unsigned limit_each;     /**< and of one; 0: the same */
    unsigned last;           /**< the worker that got the last connection */
    unsigned reserve;        /**< the first so many workers are given no large body */
    struct heads *heads;     /**< borrowed, closed by acceptor_close; NULL without a reserve */
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

/**
 * For a connection that begins with a large body, or with a small or unknown one: of the workers
 * that may take it, those at their limit of connections aside, the next after `last` that is about
 * as busy as the least busy; `count` when there is none.
 */
unsigned acceptor_pick(const struct acceptor *acceptor, bool large);

/** From now on no head is waited for. Returns true when no accepted connection is left to give. */
bool acceptor_ends(struct acceptor *acceptor);

/** Closes the connections that were accepted and not given, and the heads. Twice is fine. */
void acceptor_close(struct acceptor *acceptor);

#endif
