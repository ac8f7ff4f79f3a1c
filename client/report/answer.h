/*
 * answer.h: what a run comes to, on one screen of 80 columns: the load in a
 * line, a line for each system, and two or three sentences. Everything else
 * is details.
 */
#ifndef LOOPLAG_CLIENT_ANSWER_H
#define LOOPLAG_CLIENT_ANSWER_H

#include "analysis/findings.h"
#include "base/buffer.h"

#include <stdbool.h>

/** Appends the answer. `blocks`: the reader shows Unicode's block elements. */
void answer_text(const struct findings *findings, bool blocks, struct buffer *out);

#endif
