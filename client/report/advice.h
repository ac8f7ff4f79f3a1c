/*
 * advice.h: the recommendation at the end of a comparison, in plain sentences
 * that name their evidence: which systems no other is better than, in the
 * order of what is asked for first, and what the others have instead.
 */
#ifndef LOOPLAG_CLIENT_ADVICE_H
#define LOOPLAG_CLIENT_ADVICE_H

#include "analysis/ranking.h"
#include "base/buffer.h"

/**
 * Appends the sentences, one a line; nothing without a ranking. What was not
 * measured well is left out by name.
 */
void advice_write(const struct ranking *ranking, struct buffer *out);

#endif
