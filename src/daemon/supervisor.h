/*
 * supervisor.h: the parent of worker processes: hands out connections, replaces
 * workers that die, replaces all at SIGHUP, and ends them at SIGTERM.
 *
 * It is single-threaded, so that it can fork at any time, and parses nothing (with a reserve it
 * looks for one field in first heads: first_head.h): nothing that a client sends can bring it down.
 */
#ifndef LOOPLAG_DAEMON_SUPERVISOR_H
#define LOOPLAG_DAEMON_SUPERVISOR_H

#include "daemon/channel.h"
#include "daemon/daemon.h"

/** A worker process. */
struct process {
    int pid; /**< 0: none */
    unsigned generation;
    int64_t born_ns;
    struct channel channel;
    bool killed; /**< for not leaving in time: what it had not answered has been told */
};

/** A worker: the process that serves, and one that it replaces. */
struct seat {
    struct process now;
    struct process leaving;
    struct channel orphans; /**< of a process that died: what it had not taken */
    unsigned quick_deaths;  /**< in a row */
    int64_t again_ns;       /**< no new process before this time */
    int64_t leave_by_ns;    /**< the one that leaves is killed at this time */
};

struct supervisor {
    struct daemon *daemon;
    struct acceptor acceptor;
    struct heads heads;
    struct worker *records[MODE_WORKERS_MAX]; /**< of the processes that take connections */
    struct seat seats[MODE_WORKERS_MAX];
    unsigned count;
    unsigned reloading;  /**< the seat whose turn it is; `count`: no reload */
    bool replacing;      /**< ... and its process is leaving */
    bool reload_again;   /**< SIGHUP came, perhaps during a reload */
    bool told_ready;     /**< the service manager knows that all serve, or that we end */
    bool ending;         /**< processes end because they were told to */
    unsigned signals;    /**< SIGTERMs and SIGINTs so far */
    uint64_t unanswered; /**< requests of processes that died while the server ended */
};

/** In the child: which process it is. */
struct supervisor_child {
    unsigned number;
    unsigned generation;
    struct channel channel; /**< the worker's end is open */
};

/** A positive result of supervisor_run: this is a worker process, just forked. */
enum { SUPERVISOR_CHILD = 2 };

/** Prepares: no process yet. Returns 0 or negative. */
int supervisor_init(struct supervisor *supervisor, struct daemon *daemon);

/**
 * Serves until SIGTERM or SIGINT and until every worker has ended. Returns 0, DAEMON_CUT
 * or, in each worker process, SUPERVISOR_CHILD with *child filled in and
 * nothing else of the supervisor's open.
 */
int supervisor_run(struct supervisor *supervisor, struct supervisor_child *child);

#endif
