/*
 * exchange.h: one request from its head to its completion: between the request
 * state machine, the lane, the endpoint, the handler threads and the reply.
 *
 *   first call ----> [waits in the lane] -> body -> [handler thread] -> reply
 *
 * What is in brackets happens while the connection is suspended; the
 * callback then comes again and goes on where the exchange is.
 */
#ifndef LOOPLAG_HTTP_EXCHANGE_H
#define LOOPLAG_HTTP_EXCHANGE_H

#include "http/http.h"
#include "stats/hold.h"

struct exchange;

/** What libmicrohttpd tells at the first call; texts are borrowed for the call. */
struct exchange_start {
    struct MHD_Connection *connection;
    const char *url;
    const char *method;
    const char *version;
    int64_t now_ns;
};

/** What the registry knows of a connection; NULL without memory. */
struct link *exchange_link(struct MHD_Connection *connection);

/** Begins an exchange and stores it in *exchange. Returns MHD_NO to close the connection. */
enum MHD_Result exchange_open(struct http *http, const struct exchange_start *start,
                              struct exchange **exchange);

/**
 * Takes body bytes; *length becomes what was not taken (then it is suspended).
 * `now_ns` is when the callback began, here and below.
 */
enum MHD_Result exchange_chunk(struct exchange *exchange, int64_t now_ns, const char *bytes,
                               size_t *length);

/** Any later call without body bytes: goes on where the exchange is. */
enum MHD_Result exchange_go_on(struct exchange *exchange, int64_t now_ns);

/** Its connection. */
struct link *exchange_connection(const struct exchange *exchange);

/**
 * How long this callback waited in the lane with its thread blocked, in ns: no
 * loop was held. Only where the lane blocks; elsewhere the exchange may be suspended.
 */
int64_t exchange_take_blocked(struct exchange *exchange);

/** How long its callbacks kept their thread; only the callbacks may touch it. */
struct hold *exchange_hold(struct exchange *exchange);

/**
 * Ends it; it is not suspended, and either its reply was sent by libmicrohttpd (`replied`) or
 * the connection ends. Its memory stays with the connection for the next one.
 */
void exchange_close(struct exchange *exchange, bool replied);

/** Frees the memory of a connection's exchanges; none is open. NULL is accepted. */
void exchange_free(struct exchange *exchange);

#endif
