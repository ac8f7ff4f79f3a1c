/*
 * hdr_codec.h: a histogram as text and back: HdrHistogram's V2 encoding
 * (ZigZag LEB128 counts), compressed with zlib, in base64. It is what stands
 * in HdrHistogram logs and, as "HISTFAAA...", in our JSON results, so that
 * saved results are merged by their counts.
 */
#ifndef LOOPLAG_CLIENT_HDR_CODEC_H
#define LOOPLAG_CLIENT_HDR_CODEC_H

#include "base/buffer.h"
#include "base/histogram.h"

#include <stddef.h>

/** The text holds no histogram that this version understands. */
#define HDR_INVALID 1

/** Appends the text of a histogram, without a newline. */
void hdr_encode(const struct histogram *histogram, struct buffer *out);

/**
 * Makes a histogram from a text. The counts are exact; minimum, maximum and
 * sum are not part of the encoding and come from the slots: the lowest value
 * of the first, the highest of the last, and the middle of each. Returns 0
 * (the caller frees the histogram), HDR_INVALID or -ENOMEM.
 */
int hdr_decode(const char *text, size_t length, struct histogram *histogram);

/**
 * The percentile that stands after `level` in HdrHistogram's distributions: five steps until the
 * distance to 100 is half of what it was, then steps half as long.
 */
double hdr_next_level(double level);

#endif
