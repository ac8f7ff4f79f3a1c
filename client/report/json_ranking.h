/*
 * json_ranking.h: how the systems of a comparison rank, in the JSON result.
 */
#ifndef LOOPLAG_CLIENT_JSON_RANKING_H
#define LOOPLAG_CLIENT_JSON_RANKING_H

#include "analysis/ranking.h"

#include <jansson.h>

/** Null when nothing was ranked. */
json_t *json_ranking(const struct ranking *ranking);

#endif
