/*
 * private_file.h: small files that options name, and that may hold secrets: read whole, and
 * refused where others have access to them.
 */
#ifndef LOOPLAG_BASE_PRIVATE_FILE_H
#define LOOPLAG_BASE_PRIVATE_FILE_H

#include "base/buffer.h"

#include <sys/types.h>

/** Positive results of private_file_read. */
enum {
    PRIVATE_FILE_OPEN = 1, /* its mode has a forbidden bit */
    PRIVATE_FILE_ODD,      /* it is no regular file */
    PRIVATE_FILE_LARGE,    /* it is larger than 1 MiB */
};

/**
 * Appends the file's bytes to *out. A mode with a bit of `forbidden` (S_IRWXO: nothing for others)
 * is refused before a byte is read. Returns 0, a code from above, or negative.
 */
int private_file_read(struct buffer *out, const char *path, mode_t forbidden);

/** What such a result means, in words. */
const char *private_file_problem(int result);

/** Overwrites what was read, then frees it. */
void private_file_forget(struct buffer *secret);

#endif
