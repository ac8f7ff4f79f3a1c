/*
 * error.h: the error contract of the whole project, stated once.
 *
 * A function that can fail returns int:
 *
 *   0         success
 *   negative  fatal: a negated errno value (-ENOMEM, -EIO, ...); the caller
 *             passes it up and main() (or the HTTP layer, as a 503) reports it
 *   positive  a named code of the module's own, documented beside the function
 *             (BIND_REFUSED, SCAN_VIOLATION, ...). The caller handles it and does not
 *             hand it on as its own
 *
 * Objects embedded in others have init/deinit, heap objects new/free. Every
 * deinit and free accepts NULL or a zeroed object and can run twice. What is borrowed
 * is told where it is declared.
 */
#ifndef LOOPLAG_BASE_ERROR_H
#define LOOPLAG_BASE_ERROR_H

#include <errno.h>

/* Runs fn(&variable) when the variable leaves its scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define PRINTF_LIKE(string, first) __attribute__((format(printf, string, first)))

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
