/*
 * daemon.h: the server's life: start in a mode, serve, drain, stop.
 */
#ifndef LOOPLAG_DAEMON_DAEMON_H
#define LOOPLAG_DAEMON_DAEMON_H

#include "daemon/engine.h"
#include "daemon/listener.h"
#include "daemon/loop.h"
#include "daemon/manager.h"
#include "daemon/mode.h"
#include "daemon/reload.h"
#include "http/http.h"

struct daemon_options {
    const struct mode *mode;
    const struct balance *balance;
    const struct engine *engine; /**< the mode's, or the one of its balance */
    enum poll_kind poll;         /**< resolved: never POLL_AUTO */
    unsigned workers;            /**< loops, processes or handler threads; 1 in modes without */
    unsigned queue;              /**< most requests that wait for a handler thread */
    unsigned reserve;            /**< workers, from 0 on, that take no large body */
    struct reload_paths files;
    const char *host;
    unsigned port;
    unsigned max_connections;    /**< places of a loop or process */
    uint64_t max_inflight_bytes; /**< memory of bodies and documents, in the whole server */
    int64_t drain_delay_ns;      /**< for so long after SIGTERM only /readyz changes */
    int64_t drain_timeout_ns;
    struct http_options http;
};

struct daemon {
    struct daemon_options options;
    const struct engine *engine;
    int words;          /**< readable when the server is told to end or to reload; a signalfd */
    int64_t started_ns; /**< monotonic */
    struct stats *stats;
    struct lane_counts *lane;     /**< NULL: no limit for large bodies */
    struct budget_counts *budget; /**< memory of requests in flight */
    struct addresses *addresses;  /**< NULL: clients' addresses are not counted */
    struct users *users;
    struct user_limit *user_limit; /**< NULL: no limit for a user's large bodies */
    struct reload files;           /**< what was read of them */
    struct manager manager;
    int64_t asked_ns; /**< life.c's own, all three: when the loops were asked, ... */
    int64_t told_ns;  /**< ... when the manager was told, */
    bool told_stuck;  /**< ... and that the log has been told of a stuck one */
    struct http http;
    struct listener listeners[MODE_WORKERS_MAX];
    unsigned listener_count;
    struct loop loops[MODE_WORKERS_MAX];
    unsigned loop_count;
    struct dealer *dealer;    /**< least_busy.c's own */
    atomic_bool expects_more; /**< the supervisor may still pass connections */
    atomic_bool retiring;     /**< a successor serves; connections get time to end by themselves */
};

/** Positive result of daemon_serve: requests were cut off at the end. */
enum { DAEMON_CUT = 1 };

/**
 * Blocks SIGTERM and SIGINT for the process (and SIGHUP, where it means something), listens and
 * starts serving. Returns 0, or negative after one logged line that says why; daemon_deinit must
 * follow in every case.
 */
int daemon_start(struct daemon *daemon, const struct daemon_options *options);

/**
 * Waits for SIGTERM or SIGINT, then drains: /readyz says so, and after the
 * drain delay connections that the kernel has accepted are served, every reply closes its
 * connection, and when no request is left the server stops. A second signal
 * ends the delay, one more or the drain time-out stops it at once. Returns 0, DAEMON_CUT or
 * negative.
 */
int daemon_serve(struct daemon *daemon);

/** Stops what runs and frees it. Twice is fine. */
void daemon_deinit(struct daemon *daemon);

/** Makes daemon->http. Engines that fork call it in the child. Returns 0 or negative. */
int daemon_init_http(struct daemon *daemon);

/**
 * Starts loop `index` for a worker; see loop_start. `threads`: that many of
 * libmicrohttpd's own pool, for as many workers from this one on; 0: no pool.
 * Returns 0 or negative.
 */
int daemon_start_loop(struct daemon *daemon, unsigned index, struct worker *worker,
                      unsigned threads, struct listener *listener);

/** Room for the connections of a process that serves. */
struct loop_room daemon_room(const struct daemon *daemon);

/** Tells the service manager that all serve. */
void daemon_is_ready(const struct daemon *daemon);

/** Requests in flight in this process. */
unsigned daemon_in_flight(const struct daemon *daemon);

#endif
