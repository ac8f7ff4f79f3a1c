/*
 * wrap.h: Markdown as people read it in a terminal: long lines are broken
 * between words, tables are columns that fit.
 */
#ifndef LOOPLAG_CLIENT_WRAP_H
#define LOOPLAG_CLIENT_WRAP_H

#include "base/buffer.h"

#include <stdint.h>

/** What is not a terminal, or does not tell, is this wide. */
enum { WRAP_WIDTH = 80 };

/** As a width: lines are left as they are, and tables whole. */
#define WRAP_NEVER SIZE_MAX

/** The columns of the terminal that `fd` is, or WRAP_WIDTH. */
size_t wrap_width(int fd);

/** Whether the reader of `fd` surely shows Unicode: the locale's character set is UTF-8. */
bool wrap_shows_unicode(void);

/**
 * Appends `text`, its lines broken between words at `width` columns; longer
 * words stay whole. A table becomes aligned columns; one that is wider is cut
 * into several below each other, each with the columns that tell the rows apart.
 */
void wrap_text(const struct buffer *text, size_t width, struct buffer *out);

#endif
