/*
 * json_histograms.h: histograms inside the JSON result: written with their
 * counts, so that saved results can be merged and compared, and read back.
 */
#ifndef LOOPLAG_CLIENT_JSON_HISTOGRAMS_H
#define LOOPLAG_CLIENT_JSON_HISTOGRAMS_H

#include "plan/json_in.h"
#include "send/stats.h"

/**
 * Sets "histograms" (each in HdrHistogram's encoding) and "exact_ns" (the
 * minimum, maximum and sum, which that encoding does not hold). Returns 0 or
 * -ENOMEM.
 */
int json_histograms_set(json_t *object, const struct class_stats *stats);

/** Reads both into initialised, empty stats. A histogram of another layout than ours is a fault. */
void json_histograms_read(const struct json_in *in, struct class_stats *stats);

#endif
