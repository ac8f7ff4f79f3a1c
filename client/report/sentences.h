/*
 * sentences.h: what a comparison says in words, from its measured numbers and
 * nothing else.
 */
#ifndef LOOPLAG_CLIENT_SENTENCES_H
#define LOOPLAG_CLIENT_SENTENCES_H

#include "analysis/findings.h"
#include "base/buffer.h"

#include <stdbool.h>

/** Appends a line for each server's class that has a baseline. */
void sentences_cells(const struct findings *findings, struct buffer *out);

/** Appends what several systems come to, one sentence a line. */
void sentences_closing(const struct findings *findings, struct buffer *out);

/** Whether there are replies enough to say what large requests did to the cell's class. */
bool sentences_are_due(const struct result *result, const struct cell *cell);

/**
 * The highest percentile known of every cell that is due, as an index of
 * interference_percents, or -1.
 */
int sentences_percentile(const struct findings *findings);

#endif
