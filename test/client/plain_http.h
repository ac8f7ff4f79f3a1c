/*
 * plain_http.h: what the test servers share, which are right about time rather
 * than complete about HTTP: the clock, a port of the kernel's choice, and
 * whether a request is whole.
 */
#ifndef LOOPLAG_TEST_PLAIN_HTTP_H
#define LOOPLAG_TEST_PLAIN_HTTP_H

#include <stdbool.h>
#include <stdint.h>

/** Monotonic ns. */
int64_t now_ns(void);

/** Sleeps until then. */
void hold_until(int64_t ns);

/** Whether the headers and the body that they announce are in `length` bytes before a NUL. */
bool is_whole(const char *bytes, unsigned long length);

/**
 * Listens on loopback, prints the base URL and raises the limit of open files.
 * Returns a non-blocking socket; ends the process when that fails.
 */
int listen_anywhere(const char *program);

#endif
