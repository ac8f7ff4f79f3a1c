/*
 * access_log.h: one line a reply, in the words of the original server:
 *
 *   2026-11-22 13:05:59,123 - [PID 42] - INFO - <id, 13 wide> | return /ping | 0.000681s {reply}
 *
 * Never a request body; a long reply (it echoes the name) is cut.
 */
#ifndef LOOPLAG_HTTP_ACCESS_LOG_H
#define LOOPLAG_HTTP_ACCESS_LOG_H

#include <stddef.h>
#include <stdint.h>

/** Logs that a request's handling began. */
void access_log_begin(const char *request_id, const char *path);

/** Logs a reply; `body` is its text of `length` bytes. */
void access_log_reply(const char *request_id, const char *path, int64_t elapsed_ns,
                      const char *body, size_t length);

#endif
