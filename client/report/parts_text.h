/*
 * parts_text.h: the results that one result was merged from, for people: what is missing, from
 * which file and of which time.
 */
#ifndef LOOPLAG_CLIENT_PARTS_TEXT_H
#define LOOPLAG_CLIENT_PARTS_TEXT_H

#include "base/buffer.h"
#include "measure/result.h"

/** Appends a line for each part that something is amiss with; the last are only counted. */
void parts_text_faults(const struct result *result, struct buffer *out);

/** Appends a table of all parts; nothing for a result that was not merged. */
void parts_text_table(const struct result *result, struct buffer *out);

#endif
