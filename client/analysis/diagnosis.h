/*
 * diagnosis.h: what concurrency a server shows from outside. Each pattern says how large the share
 * of stuck small requests would be with so many large ones in hand; which pattern it is, and of how
 * many workers, is told by how likely it makes what was counted (exposure.h). What was found is
 * behaviour: an interpreter lock may look like one loop.
 */
#ifndef LOOPLAG_CLIENT_DIAGNOSIS_H
#define LOOPLAG_CLIENT_DIAGNOSIS_H

#include "analysis/exposure.h"

#include <stdbool.h>

enum diagnosis_kind {
    DIAGNOSIS_UNCLEAR,  /**< no pattern, or nothing was counted */
    DIAGNOSIS_ONE_LOOP, /**< one large request stops everybody */
    DIAGNOSIS_BLIND,    /**< N workers, chosen without a look at what they do */
    DIAGNOSIS_IDLE,     /**< N workers, and who is free takes the next request */
    DIAGNOSIS_THREADS,  /**< nobody is stuck while large ones are worked on */
    DIAGNOSIS_STREAMS,  /**< nobody is stuck: large ones are worked on as they come */
    DIAGNOSIS_KINDS
};

/** With fewer small requests that met large ones nothing is concluded. */
#define DIAGNOSIS_MET_LEAST 10
/** Less likely than this, no kind is told. */
#define DIAGNOSIS_LEAST 0.5
/** A kind, and a number of workers, is sure from this probability on. */
#define DIAGNOSIS_SURE 0.99
#define DIAGNOSIS_WORKERS_SURE 0.95

struct diagnosis {
    enum diagnosis_kind kind;
    /**
     * Of each kind, 0 to 1; together 1. Idle workers of whom there may be more than large
     * requests were tried are in it: they were not told from threads, and never are `kind`.
     */
    double probability[DIAGNOSIS_KINDS];
    double confidence;    /**< the kind's */
    unsigned workers;     /**< of the kinds that have them, else 0 */
    unsigned workers_low; /**< with 95 % probability, if the kind is right */
    unsigned workers_high;
    double workers_confidence;
    double hold_ms; /**< median time that a large request stays in hand; 0: none was answered */
    unsigned tried; /**< most large requests in flight */
    unsigned slower_from; /**< from so many on small ones that are not stuck are slower; 0: never */
    double slower;        /**< so many times, there */
    double slower_at_most; /**< and with the most in flight */
};

/** Concludes. Pure. */
struct diagnosis diagnosis_make(const struct exposures *exposures);

/** Whether nothing more need be measured to tell the kind and its number of workers. */
bool diagnosis_is_sure(const struct diagnosis *diagnosis);

/** Whether such servers have a number of workers. */
bool diagnosis_has_workers(enum diagnosis_kind kind);

#endif
