/*
 * knee.h: with which values of a sweep the objectives were kept on one system, what that comes
 * to, and which value to measure next. Nothing is concluded from a run that cannot be trusted
 * or has too few samples.
 */
#ifndef LOOPLAG_CLIENT_KNEE_H
#define LOOPLAG_CLIENT_KNEE_H

#include "analysis/findings.h"
#include "analysis/percentile.h"
#include "plan/sweep_plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** From the best to the worst: the worst of several objectives counts. */
enum sweep_outcome {
    SWEEP_KEPT,      /**< every objective, up to the upper end of its 95 % interval */
    SWEEP_CANT_TELL, /**< the run shows neither */
    SWEEP_MISSED     /**< an objective was not met, or no large request was answered */
};

/** Why a value was not kept. */
enum sweep_cause {
    SWEEP_NO_CAUSE,
    SWEEP_OBJECTIVE,    /**< the verdict: it was not met */
    SWEEP_NOT_ANSWERED, /**< no large request was answered with success */
    SWEEP_UNDECIDED,    /**< the verdict: its interval holds the limit */
    SWEEP_UNANSWERED,   /**< the verdict: requests were left without a good reply */
    SWEEP_FEW,          /**< the verdict: too few samples; without one, nothing was judged */
    SWEEP_NONE_SENT,    /**< no large request fell into the windows */
    SWEEP_LATE          /**< the client itself was late or out of ports (audit.h) */
};

/** One value of one system. */
struct sweep_step {
    struct sweep_value value;
    enum sweep_outcome outcome;
    enum sweep_cause cause;
    /** The objective that decided; of those that were kept, the one that is nearest to its limit.
     *  `slo` is NULL where none was judged; borrowed from the options. `cell` is NULL. */
    struct verdict verdict;
    uint64_t replies; /**< of the first class that was judged, as the next */
    struct percentile median;
    struct percentile p99;
    int64_t longest_ns; /**< 0 without replies */
};

/** The steps of one system, from the least load to the most. */
struct sweep_steps {
    struct sweep_step rows[SWEEP_STEPS_MOST];
    size_t count;
};

enum knee_kind {
    KNEE_NOT_MEASURED,
    KNEE_CANT_TELL, /**< already of the least load it cannot be told */
    KNEE_NONE,      /**< the least load was not kept, nor was any other */
    KNEE_ALL,       /**< every load was kept */
    KNEE_FOUND,     /**< kept up to `kept`; with `next` it was not, or cannot be told */
    KNEE_NOT_SHOWN  /**< `next` was not kept, but `passed`, which is more load, was */
};

/** What the steps come to. What is not named by its kind is NULL; borrowed from the steps. */
struct knee {
    enum knee_kind kind;
    const struct sweep_step *kept;
    const struct sweep_step *next;
    const struct sweep_step *passed;
};

/**
 * Whether an objective judges a cell: one of the class that it names, else of every class that
 * is not large (of all, where all are large).
 */
bool knee_judges(const struct verdict *verdict, const struct cell_findings *cells, size_t count);

/** Judges the cells of one system: `count` classes. Everything but the value is filled in. */
void knee_judge(const struct findings *findings, const struct cell_findings *cells, size_t count,
                struct sweep_step *step);

/** Puts a step among the others. There must be room. */
void knee_add(const struct sweep_plan *plan, const struct sweep_step *step,
              struct sweep_steps *steps);

struct knee knee_of(const struct sweep_steps *steps);

/** Whether a step says nothing in either direction, so that a search ends there. */
bool knee_is_void(const struct sweep_step *step);

/**
 * Makes the value that is to be measured next between the two ends, when both were measured.
 * Returns false when the limit is known well enough or cannot be found, or the steps are used up.
 */
bool knee_next(const struct sweep_plan *plan, const struct sweep_steps *steps,
               struct sweep_value *value);

#endif
