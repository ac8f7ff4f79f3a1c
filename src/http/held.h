/*
 * held.h: which requests hold their loop for longer than --hold-warn, told in the log: when a
 * request is over, by its thread, with its longest callback; and while one goes on, by the main
 * thread, after ten times as long, so that a loop that is stuck for good is told, too.
 *
 * A connection says since when its thread is in a callback, in one atomic word, and whose request
 * that is. The main thread marks the word while it reads the texts; the end of the callback waits
 * for it then, and only then.
 */
#ifndef LOOPLAG_HTTP_HELD_H
#define LOOPLAG_HTTP_HELD_H

#include "http/access_log.h"
#include "stats/hold.h"

#include <pthread.h>
#include <stdatomic.h>

/** A connection's part; zeroed: in no callback. */
struct held {
    _Atomic int64_t since_ns; /* 0: in no callback; odd: the main thread has looked */
    const char *id;           /* of the request; while it is in a callback they don't change */
    const char *path;
    _Atomic uint64_t bytes;   /* known of its body */
    struct hold_time longest; /* of its callbacks */
    int64_t told_since_ns;    /* the main thread has told of the callback that began then */
};

/** What all connections share. */
struct held_log {
    struct access_log *log; /**< borrowed */
    int64_t warn_ns;        /**< a callback may take so long; 0: any time */
};

/** A request begins, in a callback that began at `now_ns`; the texts (borrowed) stay as long as it.
 */
void held_open(struct held *held, const char *id, const char *path, int64_t now_ns);

/** Another callback of the same request. */
static inline void held_begin(struct held *held, int64_t now_ns)
{
    atomic_store_explicit(&held->since_ns, now_ns & ~(int64_t)1, memory_order_release);
}

/** So much is known of the body. */
static inline void held_bytes(struct held *held, uint64_t bytes)
{
    atomic_store_explicit(&held->bytes, bytes, memory_order_relaxed);
}

/** The callback has ended. `lock` is the one that the main thread looks under. */
void held_end(struct held *held, const struct hold_time *time, pthread_mutex_t *lock);

/** The request is over: tells of its longest callback if that was too long. */
void held_close(const struct held *held, const struct held_log *log);

/** For the main thread, under the lock: tells of a callback that has taken very long so far. */
void held_look(struct held *held, const struct held_log *log, int64_t now_ns);

#endif
