/*
 * stage_times.h: how long each stage takes that a server names, over many requests. No text.
 */
#ifndef LOOPLAG_CLIENT_STAGE_TIMES_H
#define LOOPLAG_CLIENT_STAGE_TIMES_H

#include "measure/stages.h"

/** Of the requests that tell it; 0 where none does. */
struct stage_times {
    size_t count;
    double least_ms;
    double median_ms;
    double p90_ms; /**< by nearest rank; NAN with too few samples beyond: see percentile.h */
    double most_ms;
    double share; /**< the median of its shares in the requests' own times, 0 to 1 */
};

/** Of one stage; without memory all is 0. */
struct stage_times stage_times_of(const struct stages *stages, const struct stage *stage);

/** Of the whole requests, as the client sees them. */
struct stage_times stage_times_of_requests(const struct stages *stages);

#endif
