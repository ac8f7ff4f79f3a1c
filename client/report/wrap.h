/*
 * wrap.h: a report for a terminal: long lines are broken between words.
 */
#ifndef LOOPLAG_CLIENT_WRAP_H
#define LOOPLAG_CLIENT_WRAP_H

#include "base/buffer.h"

/** The columns of the terminal that `fd` is, or 0 when it is none (or does not tell). */
size_t wrap_width(int fd);

/**
 * Appends `text`, its lines broken between words at `width` columns. Tables
 * and words that are longer stay whole.
 */
void wrap_text(const struct buffer *text, size_t width, struct buffer *out);

#endif
