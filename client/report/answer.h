/*
 * answer.h: what a run comes to, on one screen of 80 columns: the load in a
 * line, a line for each system, and two or three sentences. Everything else
 * is details.
 */
#ifndef LOOPLAG_CLIENT_ANSWER_H
#define LOOPLAG_CLIENT_ANSWER_H

#include "analysis/findings.h"
#include "base/buffer.h"
#include "plan/sweep_plan.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Appends the answer, its sentences broken at `width` columns, or WRAP_NEVER. `blocks`: the reader
 * shows Unicode's block elements.
 */
void answer_text(const struct findings *findings, bool blocks, size_t width, struct buffer *out);

/**
 * Appends what a class sends, "Small: 1.1 kB, 250 a second. ", with a blank after it. `bytes`:
 * its body's. What a sweep varies is told as "each size".
 */
void answer_class(const struct traffic_class *class, size_t bytes, enum dimension_part varied,
                  struct buffer *out);

/**
 * Appends where the client itself was late, in a line, and what would help in the worst case; and
 * whether it was out of ports (audit_text_unopened). Nothing when it can be trusted.
 */
void answer_trust(const struct findings *findings, struct buffer *out);

#endif
