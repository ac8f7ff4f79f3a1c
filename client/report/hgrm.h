/*
 * hgrm.h: a histogram as HdrHistogram's percentile distribution (.hgrm), line
 * by line what its own outputPercentileDistribution writes with 5 ticks per
 * half distance, so that the field's plotters read it.
 */
#ifndef LOOPLAG_CLIENT_HGRM_H
#define LOOPLAG_CLIENT_HGRM_H

#include "base/buffer.h"
#include "base/histogram.h"

/** Appends the distribution of a histogram of ns, in ms. */
void hgrm_write(const struct histogram *histogram, struct buffer *out);

#endif
