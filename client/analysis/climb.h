/*
 * climb.h: which step of a ladder comes next, and when enough is known. Pure: it is told the time
 * that is left and what was found.
 */
#ifndef LOOPLAG_CLIENT_CLIMB_H
#define LOOPLAG_CLIENT_CLIMB_H

#include "analysis/diagnosis.h"
#include "analysis/exposure.h"

#include <stdint.h>

struct climb {
    int64_t total_ns; /**< for everything, replies that are awaited included */
    int64_t left_ns;  /**< of it */
    unsigned most;    /**< large requests in flight */
    double stop_at;   /**< the share of failed requests with which the server suffers, 0 to 1 */
    unsigned steps;   /**< that were made */
    unsigned of_one;  /**< with one large request */
};

/** Why the ladder ends; CLIMB_ON: it does not. */
enum climb_end { CLIMB_ON, CLIMB_SURE, CLIMB_MOST, CLIMB_TIME, CLIMB_SUFFERS };

struct climb_step {
    unsigned large;
    int64_t duration_ns; /**< in which requests are sent */
};

/**
 * Decides. The first two steps, without large requests and with one, are made even if there is no
 * time: without them nothing can be said. `next` is for CLIMB_ON.
 */
enum climb_end climb_next(const struct climb *climb, const struct exposures *exposures,
                          const struct diagnosis *diagnosis, struct climb_step *next);

#endif
