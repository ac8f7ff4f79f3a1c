/*
 * handlers.h: handler threads that make answers while the connections are
 * suspended, so that the event loop goes on.
 *
 * Libmicrohttpd's rules for suspended connections are kept here and nowhere else. The
 * callback suspends the connection, hands the job over and returns. The thread does the job,
 * resumes the connection and never looks at the job again, because the loop may have freed
 * it. Nothing is suspended when the daemon stops. None of this works with a thread per
 * connection.
 */
#ifndef LOOPLAG_HTTP_HANDLERS_H
#define LOOPLAG_HTTP_HANDLERS_H

#include "base/error.h"
#include "stats/gauges.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>

/** Work for one suspended connection; lives until the connection was resumed. */
struct job {
    struct MHD_Connection *connection;
    void (*run)(void *cls); /**< called in a handler thread */
    void *cls;
    bool is_long;     /**< it runs with default time slices, so that short jobs get a processor */
    bool done;        /**< false after the resumption: the server stopped before it ran */
    struct job *next; /* in the queue */
};

struct handler;

struct handlers {
    pthread_mutex_t lock;
    struct stats_handlers gauges;
    struct handler *threads; /* gauges.threads of them; NULL: none */
    struct handler *idle;    /* the one that worked last comes first: its stack is warm */
    atomic_uint open;        /* jobs that were taken and are not done */
    struct job *first;       /* the queue */
    struct job **last;
    bool stopping;
};

/**
 * Starts `threads` threads (at least 1) with a queue of `queue_limit` jobs beside
 * those that run. Returns 0 or a negated errno; handlers_deinit must follow in
 * every case.
 */
int handlers_start(struct handlers *handlers, unsigned threads, unsigned queue_limit);

/** Positive results of handlers_take: the connection was not suspended. */
enum {
    HANDLERS_FULL = 1,    /* every thread is busy and the queue is full */
    HANDLERS_STOPPED = 2, /* the server stops */
};

/**
 * Suspends job->connection and hands the job over; called in a callback of
 * that connection, which must return MHD_YES at once. Returns 0, HANDLERS_FULL
 * or HANDLERS_STOPPED.
 */
int handlers_take(struct handlers *handlers, struct job *job);

/**
 * Ends the threads when they have done their jobs, and resumes queued jobs undone. These
 * handlers suspend no connection afterwards. Call it before the daemon stops.
 */
void handlers_stop(struct handlers *handlers);

/** Frees what is left. Call it when the daemon was stopped. */
void handlers_deinit(struct handlers *handlers);

#endif
