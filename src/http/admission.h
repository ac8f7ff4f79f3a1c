/*
 * admission.h: which requests are turned away because the server has more to do than it can do
 * in time: before any of their body is read, and, of those that came in side by side, when it
 * was read and the work would begin.
 *
 * How many requests are before one is known without a queue: the kernel says how long its bytes
 * have waited, and the worker's record how many requests were worked on meanwhile. So a long wait
 * behind one large request is no overload, and a short one behind thousands of small ones is. Those
 * that were turned away were not before it: else all would be, once they are too many.
 * The kernel is asked for each sixteenth request, and for each while many wait.
 */
#ifndef LOOPLAG_HTTP_ADMISSION_H
#define LOOPLAG_HTTP_ADMISSION_H

#include "http/http.h"

/** A body of which more has come keeps its worker busy with reading it. */
#define ADMISSION_BULK ((uint64_t)64 << 10)

/** Whether the connection's request has too many before it; that is counted. */
bool admission_refuses(const struct http *http, const struct link *link, int64_t now_ns);

#endif
