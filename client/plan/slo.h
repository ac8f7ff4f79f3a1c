/*
 * slo.h: service-level objectives, as in --slo 'small:p99<50ms',
 * 'interference<2' or 'errors<0.1%'. What they come to is analysis/verdict.h.
 */
#ifndef LOOPLAG_CLIENT_SLO_H
#define LOOPLAG_CLIENT_SLO_H

#include "plan/class.h"

#include <stdbool.h>

/** The percentiles whose interference is told, and which objectives may therefore name. */
enum { INTERFERENCE_PERCENTS = 4 };
extern const double interference_percents[INTERFERENCE_PERCENTS]; /**< 50, 90, 95 and 99 */

enum slo_metric { SLO_RESPONSE, SLO_MEAN, SLO_MAX, SLO_INTERFERENCE, SLO_COLLATERAL, SLO_ERRORS };

struct slo {
    const char *text;            /**< as given; borrowed */
    char class[CLASS_NAME_SIZE]; /**< "" for every class */
    enum slo_metric metric;
    double percent; /**< of SLO_RESPONSE and SLO_INTERFERENCE */
    bool or_equal;  /**< "<=" */
    double limit;   /**< ms, a ratio, or percent of the requests sent */
};

/** The text is no objective. */
#define SLO_INVALID 1

/**
 * Parses "[CLASS:]METRIC<LIMIT". Metrics: p50 to p99.9, mean and max (a time),
 * interference (of p99) or interference.p50 (a ratio), collateral (a time),
 * errors (with %). Returns 0 or SLO_INVALID.
 */
int slo_parse(const char *text, struct slo *slo);

#endif
