/*
 * base64.h: bytes as text and back (RFC 4648, section 4: the standard alphabet
 * with padding), as HdrHistogram's logs write them.
 */
#ifndef LOOPLAG_CLIENT_BASE64_H
#define LOOPLAG_CLIENT_BASE64_H

#include "base/buffer.h"

#include <stddef.h>

/** The text is no base64: wrong length, letter or padding. */
#define BASE64_INVALID 1

/** Appends the text of `length` bytes. */
void base64_encode(const void *bytes, size_t length, struct buffer *out);

/** Appends the bytes of a text. Returns 0, BASE64_INVALID or -ENOMEM. */
int base64_decode(const char *text, size_t length, struct buffer *out);

#endif
