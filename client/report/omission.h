/*
 * omission.h: the exhibit of coordinated omission: for each class the response
 * time, the service time and what a closed loop with a pause reports, side by
 * side. The closed loop is measured by a shadow of the class that runs beside
 * it, not computed.
 */
#ifndef LOOPLAG_CLIENT_OMISSION_H
#define LOOPLAG_CLIENT_OMISSION_H

#include "base/buffer.h"

#include <jansson.h>

struct cell;
struct result;

/** Appends the exhibit's table, or nothing when none was measured. */
void omission_tell(const struct result *result, struct buffer *out);

/** The shadow's own figures; null when it was not measured. */
json_t *omission_json(const struct cell *cell);

#endif
