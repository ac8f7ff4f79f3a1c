/*
 * send.h: an endpoint's answer as a libmicrohttpd response.
 */
#ifndef LOOPLAG_HTTP_SEND_H
#define LOOPLAG_HTTP_SEND_H

#include "http/connections.h"
#include "http/request.h"

#include <microhttpd.h>

/**
 * A connection's last response, without what only that answer had: the next one of
 * the same length goes out with it again, which spares libmicrohttpd a dozen
 * allocations. Zeroed: none.
 */
struct send_kept {
    struct MHD_Response *response; /* NULL: none */
    const char *body;
    size_t length;
    const char *content_type;
    const struct endpoint_header *headers;
};

/** Lets it go; twice is fine. */
void send_kept_deinit(struct send_kept *kept);

/**
 * Queues the answer with its headers: its own, Content-Type, Server-Timing,
 * X-Request-ID (`id`, none when ""), X-Worker (`worker`, none when NULL), and where due Allow,
 * Retry-After, WWW-Authenticate and Connection: close. The answer's body is sent from where it is:
 * it stays until the request is complete. `kept` is the connection's, and so is the worker. Returns
 * MHD_NO when there is no memory or the connection can't take a reply; MHD then closes it.
 */
enum MHD_Result send_answer(struct MHD_Connection *connection, struct send_kept *kept,
                            const struct request *request, const struct endpoint_answer *answer,
                            const char *id, const struct worker *worker);

/**
 * Sends a refusal in mid-body, where libmicrohttpd takes no reply: past it, in one piece, with
 * the same headers (but X-Worker). The caller closes the connection. Only where nothing else is
 * being sent, and in the thread that serves the connection.
 */
void send_at_once(const struct link *link, const struct request *request,
                  const struct endpoint_answer *answer, const char *id);

/** The same from another thread; under TLS the serving one sends it when the socket ends. */
void send_from_outside(const struct link *link, const struct request *request,
                       const struct endpoint_answer *answer);

#endif
