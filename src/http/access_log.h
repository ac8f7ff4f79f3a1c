/*
 * access_log.h: one line a reply, in the words of the original server:
 *
 *   2026-11-22 13:05:59,123 - [PID 42] - INFO - <id, 13 wide> | return /ping | 0.000681s {reply}
 *
 * and a warning about each request that held its loop for too long:
 *
 *   2026-11-22 13:05:59,123 - [PID 42] - WARNING - <id, 13 wide> | held /ping | 0.612345s,
 * 0.601234s of CPU, 27400000 bytes
 *
 * Never a request body; a long reply (it echoes the name) is cut. The calling
 * thread only copies what is to be logged; a thread of the log's own makes the
 * line and writes it (base/log_queue.h).
 */
#ifndef LOOPLAG_HTTP_ACCESS_LOG_H
#define LOOPLAG_HTTP_ACCESS_LOG_H

#include "base/log_queue.h"
#include "stats/stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct access_log;

/**
 * Starts the log of this process (after a fork: of each); lines dropped are
 * counted in `stats` (borrowed). Returns NULL when there is no memory or no
 * thread. `replies`: it has the lines about replies; otherwise only warnings.
 */
struct access_log *access_log_new(struct stats *stats, bool replies);

/** Writes what is queued, waiting a second at most, and ends the log. NULL is accepted. */
void access_log_free(struct access_log *log);

/** Logs that a request's handling began. A NULL log is none. */
void access_log_begin(struct access_log *log, const char *request_id, const char *path);

/** Logs a reply; `body` is its text of `length` bytes. A NULL log is none. */
void access_log_reply(struct access_log *log, const char *request_id, const char *path,
                      int64_t elapsed_ns, const char *body, size_t length);

/** What a loop was held by. */
struct access_log_hold {
    const char *request_id;
    const char *path;
    uint64_t bytes;  /**< of the body, as far as known */
    int64_t wall_ns; /**< so far, when it goes on */
    int64_t cpu_ns;  /**< at most; -1: it goes on */
};

/** Logs that a request held its loop, or still does. A NULL log is none. */
void access_log_held(struct access_log *log, const struct access_log_hold *hold);

/**
 * Writes what every line begins with: time, process, request id, what happened
 * ("return"), and the path, made printable and cut. Returns its length.
 */
size_t access_log_head(int64_t wall_ns, const char *request_id, const char *what, const char *path,
                       char line[LOG_LINE_SIZE]);

#endif
