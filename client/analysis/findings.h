/*
 * findings.h: everything that is concluded from a result, once, before it is
 * reported. A result holds what was measured and nothing else; reports take
 * the findings, which point to it.
 */
#ifndef LOOPLAG_CLIENT_FINDINGS_H
#define LOOPLAG_CLIENT_FINDINGS_H

#include "analysis/cell_findings.h"
#include "analysis/connection_cost.h"
#include "analysis/ranking.h"
#include "analysis/verdict.h"
#include "measure/result.h"

#include <stdbool.h>
#include <stddef.h>

struct findings {
    const struct result *result;   /**< borrowed */
    struct cell_findings *cells;   /**< as many and in the same order as the result's; owned */
    struct ranking ranking;        /**< nothing with fewer than three subjects */
    struct connection_cost *costs; /**< of each pair of systems that has one; owned */
    size_t cost_count;
    struct verdict *verdicts; /**< objectives in order, for each cell that one speaks of; owned */
    size_t verdict_count;
    bool trustworthy; /**< the client kept to its plan in every cell (audit.h) */
};

/** Concludes. Returns 0 or -ENOMEM; findings_deinit may follow either way. */
int findings_make(struct findings *findings, const struct result *result);

/** Frees everything but the result. Zeroed ones are accepted; twice is fine. */
void findings_deinit(struct findings *findings);

#endif
