/*
 * packed.h: numbers as few bytes, and bytes as a zlib stream: how histograms
 * (hdr_codec.h) and time lines (json_timeline.h) stand in saved results.
 */
#ifndef LOOPLAG_CLIENT_PACKED_H
#define LOOPLAG_CLIENT_PACKED_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The bytes are no zlib stream, or more comes out of it than is allowed. */
#define PACKED_INVALID 1

/** Appends a number as ZigZag LEB128; the ninth byte has eight bits. */
void packed_put(struct buffer *out, int64_t value);

/** Reads one number at *at. Returns false at the end of the bytes. */
bool packed_get(const uint8_t *bytes, size_t length, size_t *at, int64_t *value);

/** Appends the zlib stream of a text. */
void packed_zip(const struct buffer *plain, struct buffer *out);

/** Appends what a stream holds, `most` bytes at most. Returns 0, PACKED_INVALID or -ENOMEM. */
int packed_unzip(const uint8_t *bytes, size_t length, size_t most, struct buffer *out);

#endif
