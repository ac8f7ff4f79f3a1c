/*
 * effects.h: what the large requests did to the other classes, as a table:
 * for comparisons of so many systems that a sentence each would bury it.
 */
#ifndef LOOPLAG_CLIENT_EFFECTS_H
#define LOOPLAG_CLIENT_EFFECTS_H

#include "analysis/findings.h"
#include "base/buffer.h"

#include <stdbool.h>

/** More systems and endpoints than sentences are good for. */
bool effects_are_many(const struct result *result);

/** Appends the table, a row for each system, endpoint and light class. */
void effects_tell(const struct findings *findings, struct buffer *out);

#endif
