/*
 * json_ranking.h: what the systems of a comparison used, and how they rank, in
 * the JSON document.
 */
#ifndef LOOPLAG_CLIENT_JSON_RANKING_H
#define LOOPLAG_CLIENT_JSON_RANKING_H

#include "analysis/findings.h"

#include <jansson.h>

/** Adds "subjects" and "ranking" to the root. */
void json_ranking_set(json_t *root, const struct findings *findings);

/** Reads "subjects" back into an empty list. Returns 0, JSON_RANKING_INVALID or -ENOMEM. */
#define JSON_RANKING_INVALID 1
int json_ranking_read(const json_t *root, struct result *result);

#endif
