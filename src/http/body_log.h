/*
 * body_log.h: --log-bodies: whole request bodies in the log.
 *
 * A mistake that services make, here to be measured and never for production:
 * each body is kept until it is complete, made printable, and written to stderr
 * by the very thread that answers, which waits for the write.
 */
#ifndef LOOPLAG_HTTP_BODY_LOG_H
#define LOOPLAG_HTTP_BODY_LOG_H

#include "base/buffer.h"

/**
 * Writes one line with the whole body, bytes that aren't printable ASCII as \xHH
 * (no body can forge a line). Without memory it writes nothing.
 */
void body_log_write(const char *request_id, const char *path, const struct buffer *body);

#endif
