/*
 * json_parts.h: the results that one result was merged from, in its JSON document, and read back.
 */
#ifndef LOOPLAG_CLIENT_JSON_PARTS_H
#define LOOPLAG_CLIENT_JSON_PARTS_H

#include "measure/result.h"
#include "plan/json_in.h"

#include <jansson.h>

/** An array; NULL for a result that was not merged. */
json_t *json_parts(const struct result *result);

/** Reads the parts, if there are any. */
void json_parts_read(const struct json_in *root, struct result *result);

#endif
