/*
 * audit_text.h: the lines that decide the exit code: how the objectives came
 * out, and where the client itself was late.
 */
#ifndef LOOPLAG_CLIENT_AUDIT_TEXT_H
#define LOOPLAG_CLIENT_AUDIT_TEXT_H

#include "analysis/findings.h"
#include "base/buffer.h"

/**
 * Appends objectives, one a line; requests that waited for a free thread;
 * trustworthy classes whose lag was over the share; and last what makes the
 * result untrustworthy: a line a class, or a table when they are many.
 */
void audit_text(const struct findings *findings, struct buffer *out);

/** Appends the objectives alone, one a line. */
void audit_text_verdicts(const struct findings *findings, struct buffer *out);

/** Tells in a line that the client's machine had no connections for requests; nothing if it had. */
void audit_text_unopened(const struct findings *findings, struct buffer *out);

/** What would help where the client was late in a cell: a clause without a full stop; static. */
const char *audit_text_remedy(const struct findings *findings, size_t index);

#endif
