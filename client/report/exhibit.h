/*
 * exhibit.h: the exhibit of coordinated omission: for each class the response
 * time, the service time and what a closed loop with a pause reports, side by
 * side. The closed loop runs beside the class and is measured, not computed.
 */
#ifndef LOOPLAG_CLIENT_EXHIBIT_H
#define LOOPLAG_CLIENT_EXHIBIT_H

#include "base/buffer.h"

#include <jansson.h>

struct cell;
struct result;

/** Appends the exhibit's table, or nothing when none was measured. */
void exhibit_tell(const struct result *result, struct buffer *out);

/** The closed loop's own figures; null when it was not measured. */
json_t *exhibit_json(const struct cell *cell);

#endif
