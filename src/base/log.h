/*
 * log.h: a program's messages on stderr: one line each, in one write, so that
 * lines of several threads never mix. A line is given up when stderr takes
 * nothing for a second, so that a reader who stops reading stops no program.
 */
#ifndef LOOPLAG_BASE_LOG_H
#define LOOPLAG_BASE_LOG_H

#include "base/error.h"

#include <stddef.h>

/** Sets the name that opens every line ("looplagd"); call it first in main. */
void log_program(const char *name);

/** Sets what changes each message before it is written: a text in a buffer of that size. */
void log_filter(void (*filter)(char *message, size_t size));

/** Writes "<program>: <message>\n" to stderr; a long message is cut, control characters are "?". */
void log_message(const char *format, ...) PRINTF_LIKE(1, 2);

/** Writes one ready-made line (with its newline) to stderr. */
void log_raw(const char *line, size_t length);

#endif
