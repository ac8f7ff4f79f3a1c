/*
 * sweep.h: the command `sweep`: which is, per mode, the largest body at which
 * the small class keeps its objectives.
 */
#ifndef LOOPLAG_CLIENT_SWEEP_H
#define LOOPLAG_CLIENT_SWEEP_H

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

/**
 * Appends the sentence about one server: the largest of the sizes, as typed
 * and growing, up to which every step was kept.
 */
void sweep_tell(const char *mode, const char *endpoint, const char *objectives,
                const char sizes[][OPTIONS_WORD_SIZE], const struct sweep_step *steps, size_t count,
                struct buffer *out);

/** Runs the command; says on stderr what fails. Returns an exit code (exit_code.h). */
int sweep_command(const struct options *options, int argc, char **argv);

#endif
