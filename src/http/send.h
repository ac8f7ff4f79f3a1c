/*
 * send.h: an endpoint's answer as a libmicrohttpd response.
 */
#ifndef LOOPLAG_HTTP_SEND_H
#define LOOPLAG_HTTP_SEND_H

#include "http/request.h"

#include <microhttpd.h>

/**
 * Queues the answer with its headers: Content-Type, Server-Timing,
 * X-Request-ID (`id`, none when ""), X-Worker (`worker`, none when NULL), and where due Allow,
 * Retry-After and Connection: close. The answer's body is sent from where it is: it stays until the
 * request is complete. Returns MHD_NO when there is no memory or the connection can't
 * take a reply; MHD then closes it.
 */
enum MHD_Result send_answer(struct MHD_Connection *connection, const struct request *request,
                            const struct endpoint_answer *answer, const char *id,
                            const struct worker *worker);

#endif
