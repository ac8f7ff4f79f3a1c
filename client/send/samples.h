/*
 * samples.h: one row per request, kept only when everything of every request is
 * asked for (--format csv): else there are histograms of fixed size, and time lines
 * (timeline.h) that are bounded.
 */
#ifndef LOOPLAG_CLIENT_SAMPLES_H
#define LOOPLAG_CLIENT_SAMPLES_H

#include "send/outcome.h"

#include <stddef.h>
#include <stdint.h>

struct sample {
    uint64_t id; /**< the number in X-Request-ID */
    int window;  /**< the caller's number of the window, 0 when there are none */
    int64_t planned_ns;
    struct outcome outcome;
};

/** A zeroed list is a valid, empty one. */
struct samples {
    struct sample *rows;
    size_t count;
    size_t capacity;
};

/** Frees the rows. Twice is fine. */
void samples_deinit(struct samples *samples);

/** Appends one row. Returns 0 or -ENOMEM. */
int samples_add(struct samples *samples, const struct sample *row);

/** Appends all rows of `from`. Returns 0 or -ENOMEM. */
int samples_merge(struct samples *into, const struct samples *from);

#endif
