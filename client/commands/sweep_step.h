/*
 * sweep_step.h: one size of a sweep: whether the objectives were kept with it,
 * and what the steps of one server come to.
 */
#ifndef LOOPLAG_CLIENT_SWEEP_STEP_H
#define LOOPLAG_CLIENT_SWEEP_STEP_H

#include "base/buffer.h"
#include "plan/options.h"

#include <stdbool.h>
#include <stddef.h>

enum { SWEEP_REASON_SIZE = 192 };

/** What one size of the large body did to the small class of one server. */
struct sweep_step {
    bool measured;                  /**< false when the sweep ended before */
    bool kept;                      /**< every objective was met */
    char reason[SWEEP_REASON_SIZE]; /**< why not: "p99 was 180 ms"; "" when kept */
};

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
