/*
 * timing.h: what a server says of one request in its Server-Timing header
 * (W3C Server Timing): how long it took and how long it may have held a loop.
 */
#ifndef LOOPLAG_CLIENT_TIMING_H
#define LOOPLAG_CLIENT_TIMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Zero: not told. */
struct server_timing {
    int64_t total_ns;
    int64_t hold_ns; /**< total without the stages `read` and `queue`, in which others run */
};

/**
 * Reads a header's line with its name, "Server-Timing: parse;dur=0.3,
 * total;dur=1.5" (ms). Returns false when it is another header, or tells no
 * total.
 */
bool timing_parse(const char *line, size_t length, struct server_timing *timing);

#endif
