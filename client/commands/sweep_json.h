/*
 * sweep_json.h: a sweep as a JSON document, described by
 * docs/sweep.schema.json.
 */
#ifndef LOOPLAG_CLIENT_SWEEP_JSON_H
#define LOOPLAG_CLIENT_SWEEP_JSON_H

#include "analysis/findings.h"
#include "commands/sweep_step.h"

#include <jansson.h>

/** What one size did to one server; both are of the same server. */
json_t *sweep_json_step(const char *size, const struct cell_findings *found_small,
                        const struct cell_findings *found_large, const struct sweep_step *step);

/**
 * The answer for one server: the largest of the sizes up to which every step
 * was kept, null when there is none, and the sentence that says so.
 */
json_t *sweep_json_limit(const char *mode, const char *endpoint, const char *safe,
                         const char *sentence, size_t length);

#endif
