/*
 * guard.h: the framing guard: refuses the heads that two HTTP parsers could
 * frame differently (request smuggling), before anything else looks at them.
 *
 * Pure: headers in, verdict and facts out. libmicrohttpd 0.9.75 by itself takes
 * the first of two Content-Lengths, ignores "Content-Length : n" and turns an
 * unknown Transfer-Encoding into an unlimited body. Rules: RFC 9112, sections
 * 3.2, 5 and 6.
 */
#ifndef LOOPLAG_HTTP_GUARD_H
#define LOOPLAG_HTTP_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The head so far. A zeroed guard is the start of a head. */
struct guard {
    int status;         /**< 0, or the status of the first refusal */
    const char *detail; /**< why, for the one who sent it */
    unsigned hosts;
    unsigned lengths;
    unsigned encodings;
    uint64_t content_length; /**< when lengths is 1 */
};

/** Looks at one header field. The bytes are not kept. */
void guard_header(struct guard *guard, const char *name, size_t name_length, const char *value,
                  size_t value_length);

/** Looks at the whole after the last field; http_1_1 asks for exactly one Host. */
void guard_finish(struct guard *guard, bool http_1_1);

#endif
