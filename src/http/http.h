/*
 * http.h: what all requests of a process share: options, connections, the
 * lane, turns, handler threads and the log. With the daemon's room, this room is the only
 * one that knows libmicrohttpd.
 */
#ifndef LOOPLAG_HTTP_HTTP_H
#define LOOPLAG_HTTP_HTTP_H

#include "endpoint/endpoint.h"
#include "http/connections.h"
#include "http/handlers.h"
#include "http/lane.h"
#include "http/lingering.h"
#include "http/reaper.h"
#include "http/request.h"
#include "http/tls.h"
#include "http/turn.h"
#include "http/user.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct http_options {
    struct request_limits limits;
    uint64_t max_document; /**< bytes that the document of one body may take */
    uint64_t max_name;     /**< most bytes of a name, in UTF-8 */
    bool access_log;
    int64_t hold_warn_ns; /**< a callback that takes longer is logged; 0: none */
    bool log_bodies;      /**< the thread that answers writes whole bodies to stderr: body_log.h */
    bool keepalive;       /**< false: every reply closes its connection */
    struct lane_options lane; /**< for large bodies */
    bool tell_worker;         /**< replies name their worker (X-Worker) */
    struct deadlines deadlines;
    unsigned places;     /**< most connections of the process that are served */
    unsigned max_per_ip; /**< most connections of an address, in the whole server; 0: any number */
    unsigned max_inflight; /**< most requests that wait or are worked on, a worker; 0: any number */
    bool counts_work;      /**< a request that its own thread answers keeps its worker busy */
    const char *user_header; /**< that names a request's user; NULL: none */
    unsigned user_limit;     /**< most large bodies of a user at a time; 0: any number */
};

/** What the callbacks share; one for the process, it outlives the MHD daemons. */
struct http {
    struct http_options options;
    struct endpoint_context context;
    atomic_bool draining; /**< replies close their connections */
    struct connections connections;
    struct reaper reaper;
    struct lingering lingering;
    struct access_log *log; /**< NULL: none */
    struct tls *tls;        /**< borrowed; NULL: connections are not encrypted */
    struct lane lane;
    struct turns turns;
    struct handlers handlers;
    struct user_rules users; /**< filled in by the daemon, before any connection */
};

/**
 * Fills *http and starts its access log, whose thread is of the calling process.
 * `context` (mode, poll, statistics, lane: borrowed) is copied.
 * Returns 0 or negative; http_deinit must follow in every case.
 */
int http_init(struct http *http, const struct http_options *options,
              const struct endpoint_context *context);

/** Connections are encrypted, with the certificate of `tls` (borrowed). Before any connection. */
void http_encrypt(struct http *http, struct tls *tls);

/**
 * For one of several processes that share statistics, lane, budget and addresses (borrowed; NULL:
 * none are counted): which of them it is. Before any connection.
 */
void http_share(struct http *http, struct addresses *addresses, unsigned process);

/**
 * Starts `threads` handler threads, with a queue of `queue` requests, for what the workers hand
 * over (hands_over_from). Before any request. Returns 0 or negative.
 */
int http_start_handlers(struct http *http, unsigned threads, unsigned queue);

/**
 * What the main thread does now and then: it sees to deadlines, looks for connections that have
 * ended, and for requests in the lane that may go on. Returns true while requests wait there.
 */
bool http_tick(struct http *http);

/** From now on every reply closes its connection, and closed ones do not linger for long. */
void http_drain(struct http *http);

/** How many connections are answered and closed but for what their clients still send. */
unsigned http_lingering(const struct http *http);

/**
 * Resumes every suspended connection, because MHD daemons can't be stopped with one: ends the
 * handler threads, every wait in the lane or for a turn, and all lingering. Requests get no answer
 * from here on.
 */
void http_stop(struct http *http);

/** Frees what *http holds; after the MHD daemons were stopped. Twice is fine. */
void http_deinit(struct http *http);

#endif
