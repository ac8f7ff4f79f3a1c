/*
 * sweep_text.h: what a sweep comes to, for people: a sentence and a line of a table for each
 * system, both from the same knee (analysis/knee.h), and the table of all values.
 */
#ifndef LOOPLAG_CLIENT_SWEEP_TEXT_H
#define LOOPLAG_CLIENT_SWEEP_TEXT_H

#include "analysis/knee.h"
#include "base/buffer.h"
#include "plan/options.h"

#include <stddef.h>

/** A system with an endpoint, and what was measured of it. Borrowed. */
struct sweep_subject {
    const char *system;
    char endpoint[CLASS_PATH_SIZE]; /**< without secrets */
    const struct sweep_steps *steps;
};

enum { SWEEP_REASON_SIZE = 192 };

struct sweep_reason {
    char text[SWEEP_REASON_SIZE];
};

/** "kept", "not kept" or "can't tell". */
const char *sweep_text_outcome(enum sweep_outcome outcome);

/** Why a value was not kept: "small:p99<50ms was not met (98.4 ms)"; "" when it was. */
struct sweep_reason sweep_text_reason(const struct sweep_step *step);

/** Appends the sentence about one system, without a line end. */
void sweep_text_limit(const struct options *options, const struct sweep_subject *subject,
                      struct buffer *out);

/** Appends a line for each system: up to which value it was kept, the next one, and why. */
void sweep_text_limits(const struct sweep_plan *plan, const struct sweep_subject *subjects,
                       size_t count, struct buffer *out);

/** Appends a line for each value of each system. */
void sweep_text_steps(const struct sweep_plan *plan, const struct sweep_subject *subjects,
                      size_t count, struct buffer *out);

#endif
