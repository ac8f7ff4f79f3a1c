/*
 * sentences.h: what a comparison says in words, from its measured numbers and
 * nothing else.
 */
#ifndef LOOPLAG_CLIENT_SENTENCES_H
#define LOOPLAG_CLIENT_SENTENCES_H

#include "measure/result.h"

/**
 * Writes result->sentences: a line for each mode, endpoint and class that is
 * not large; and result->closing: what several systems come to. Returns 0 or
 * -ENOMEM.
 */
int sentences_write(struct result *result);

/** Whether there are replies enough to say what large requests did to the cell's class. */
bool sentences_are_due(const struct result *result, const struct cell *cell);

/** The highest percentile known of every cell that is due, as an index of interference_percents, or
 * -1. */
int sentences_percentile(const struct result *result);

#endif
