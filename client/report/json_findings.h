/*
 * json_findings.h: what is concluded from measured windows, in the JSON
 * result: percentiles with their intervals, interference, the client's audit
 * and the objectives. What is not known is null.
 */
#ifndef LOOPLAG_CLIENT_JSON_FINDINGS_H
#define LOOPLAG_CLIENT_JSON_FINDINGS_H

#include "analysis/findings.h"
#include "analysis/percentile.h"

#include <jansson.h>

/**
 * Sets "p99", "p99_ci" and, where that is all that is known, "p99_at_least", as they stand among
 * the figures.
 */
void json_findings_set_percentile(json_t *object, const struct percentile_source *source,
                                  double percent);

/**
 * The figures of a source in ms, each percentile with its 95 % interval:
 * "p99" and "p99_ci": [low, high]. A percentile with too few samples beyond it
 * is null (percentile.h), and so is one that is only known to be at least
 * something, which is "p99_at_least". Minimum, mean and maximum are of replies.
 */
json_t *json_findings_figures(struct percentile_source source);

/** Sets "interference", "collateral_ms_per_large" and their intervals. */
void json_findings_set_interference(json_t *object, const struct cell_findings *cell_found);

/** The client's judgement of itself for a cell. */
json_t *json_findings_audit(const struct audit *audit);

/** What was predicted for one loop; null when nothing can be. */
json_t *json_findings_prediction(const struct outlook *outlook);

/** How many requests shared their worker with a large one; or null. */
json_t *json_findings_affinity(const struct affinity *affinity);

/** The slow requests joined with the large ones, the worst hundred one by one; or null. */
json_t *json_findings_stalls(const struct cell_findings *found);

/** How the systems of a comparison rank; null when nothing was ranked. */
json_t *json_findings_ranking(const struct ranking *ranking);

/** Sets "connection_cost", "trustworthy" and "slo" of the whole result. */
void json_findings_set_closing(json_t *root, const struct findings *findings);

#endif
