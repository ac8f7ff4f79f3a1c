/*
 * payload.h: request bodies, made before a run so that making them never
 * disturbs the measurement. The generator writes what the original client
 * does: {"name": ..., "data": {ten random letters: 1 to 1000000, ...}}.
 */
#ifndef LOOPLAG_CLIENT_PAYLOAD_H
#define LOOPLAG_CLIENT_PAYLOAD_H

#include "base/buffer.h"
#include "base/units.h"

#include <stdint.h>

/** Members in one MB of a plain size, as in the original. */
#define PAYLOAD_MEMBERS_PER_MB 50000

/**
 * Appends a generated body to `out`. A plain size is in MB of the original
 * (amount * 50,000 members, rounded); a suffixed one is the body's exact
 * number of bytes, met to the byte from about a hundred on and otherwise as
 * nearly as members allow. The same name, size and seed give the same bytes.
 * Returns 0 or -ENOMEM.
 */
int payload_generate(const char *name, const struct units_size *size, uint64_t seed,
                     struct buffer *out);

/** Appends a file's content to `out`. Returns 0 or a negative errno (-EISDIR, -ENOENT, ...). */
int payload_read(const char *path, struct buffer *out);

#endif
