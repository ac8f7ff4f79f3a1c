/*
 * verdict.h: how the objectives (plan/slo.h) came out: judged once, for the
 * text, the JSON document and the exit code alike.
 */
#ifndef LOOPLAG_CLIENT_VERDICT_H
#define LOOPLAG_CLIENT_VERDICT_H

#include "plan/slo.h"

#include <stdbool.h>

struct cell;
struct cell_findings;

/** How one objective came out for one cell. */
struct verdict {
    const struct slo *slo;
    const struct cell *cell;
    bool known;    /**< the value could be told */
    bool at_least; /**< it could not, but it is at least `value` */
    double value;  /**< in the unit of the limit */
    bool bounded;  /**< known, and so is the upper end of its 95 % interval */
    double high;   /**< that end; errors, mean and max have none */
    bool passed;   /**< false when not known, unless no request can be beyond the limit */
};

/** Whether the objective speaks of this cell. */
bool verdict_concerns(const struct slo *slo, const struct cell *cell);

/** Whether the value meets the limit of its objective. */
bool verdict_meets(const struct slo *slo, double value);

/** Judges an objective for a cell, whose interference and audit must have been found. */
struct verdict verdict_of(const struct slo *slo, const struct cell_findings *found);

#endif
