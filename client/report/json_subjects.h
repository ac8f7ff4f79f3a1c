/*
 * json_subjects.h: what the systems of a comparison used, in the JSON result,
 * written and read back.
 */
#ifndef LOOPLAG_CLIENT_JSON_SUBJECTS_H
#define LOOPLAG_CLIENT_JSON_SUBJECTS_H

#include "measure/result.h"
#include "plan/json_in.h"

/** One object a subject; none but of a comparison. */
json_t *json_subjects(const struct result *result);

/**
 * Reads the root's "subjects", which earlier versions did not write, into an
 * empty list. The options' rounds have been read before.
 */
void json_subjects_read(const struct json_in *root, struct result *result);

#endif
