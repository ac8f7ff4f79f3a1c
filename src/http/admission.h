/*
 * admission.h: which requests are turned away before any of their body is read, because the
 * server has more to do than it can do in time, or no place for their connection.
 *
 * How many requests are before one is known without a queue: the kernel says how long its bytes
 * have waited, and the worker's record how many requests were answered meanwhile. So a long wait
 * behind one large request is no overload, and a short one behind thousands of small ones is.
 * The kernel is asked for each sixteenth request, and for each while many wait.
 */
#ifndef LOOPLAG_HTTP_ADMISSION_H
#define LOOPLAG_HTTP_ADMISSION_H

#include "http/http.h"

/**
 * Why a request that has just begun on the connection, and is none of the operator's, is turned
 * away: text for its reply, which is counted here; or NULL.
 */
const char *admission_refusal(struct http *http, const struct link *link, int64_t now_ns);

#endif
