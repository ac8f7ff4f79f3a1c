/*
 * answer_table.h: the lines of the answer (answer.h): one for each system and
 * class that was measured with and without the large requests, or one for each
 * class where nothing is compared.
 */
#ifndef LOOPLAG_CLIENT_ANSWER_TABLE_H
#define LOOPLAG_CLIENT_ANSWER_TABLE_H

#include "analysis/findings.h"
#include "base/buffer.h"

#include <stdbool.h>

/** No line of the answer is wider. */
enum { ANSWER_WIDTH = 80 };

/** Whether a class was measured without the large ones, too. */
bool answer_has_baseline(const struct result *result);

/** Appends the effects, of interference_percents[index]. `blocks`: bars of Unicode's elements. */
void answer_table_effects(const struct findings *findings, int index, bool blocks,
                          struct buffer *out);

/** Appends what each class took, where nothing is compared. */
void answer_table_cells(const struct result *result, struct buffer *out);

#endif
