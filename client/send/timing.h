/*
 * timing.h: what a server says of one request in its headers: how long it took
 * and how long it may have held a loop (Server-Timing, W3C Server Timing), and
 * which of its workers answered (X-Worker).
 */
#ifndef LOOPLAG_CLIENT_TIMING_H
#define LOOPLAG_CLIENT_TIMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WORKER_NAME_SIZE = 16 };

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

/**
 * Reads "X-Worker: NAME"; a longer name is cut. Returns false when it is
 * another header, or names nobody.
 */
bool timing_parse_worker(const char *line, size_t length, char worker[WORKER_NAME_SIZE]);

#endif
