/*
 * sweep_step.h: one size of a sweep: whether the objectives were kept with it,
 * and what the steps of one server come to.
 */
#ifndef LOOPLAG_CLIENT_SWEEP_STEP_H
#define LOOPLAG_CLIENT_SWEEP_STEP_H

#include "analysis/findings.h"
#include "base/buffer.h"
#include "plan/options.h"

#include <stdbool.h>
#include <stddef.h>

enum { SWEEP_REASON_SIZE = 192 };

enum sweep_outcome {
    SWEEP_NOT_MEASURED, /**< the sweep ended before */
    SWEEP_KEPT,         /**< every objective, up to the upper end of its 95 % interval */
    SWEEP_MISSED,       /**< an objective was not met, or no large request was answered */
    SWEEP_CANT_TELL     /**< the run shows neither */
};

/** What one size of the large body did to the small class of one server. */
struct sweep_step {
    enum sweep_outcome outcome;
    char reason[SWEEP_REASON_SIZE]; /**< why it was not kept: "p99 was 180 ms"; "" when it was */
};

/** "kept", "not kept" or "can't tell". */
const char *sweep_outcome_name(enum sweep_outcome outcome);

/** Judges the small class beside the large one of the same server. */
void sweep_judge(const struct findings *findings, const struct cell_findings *small,
                 const struct cell_findings *large, struct sweep_step *step);

/** How many of the sizes, from the smallest, were kept without a gap. */
size_t sweep_count_kept(const struct sweep_step *steps, size_t count);

/**
 * Appends the sentence about one server: the largest of the sizes, as typed
 * and growing, up to which every step was kept.
 */
void sweep_tell(const char *mode, const char *endpoint, const char *objectives,
                const char sizes[][OPTIONS_WORD_SIZE], const struct sweep_step *steps, size_t count,
                struct buffer *out);

#endif
