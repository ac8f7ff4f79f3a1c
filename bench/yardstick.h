/*
 * yardstick.h: what the two yardsticks of the benchmark share: a server of one
 * event loop on a port that the kernel picks, until SIGTERM.
 */
#ifndef LOOPLAG_BENCH_YARDSTICK_H
#define LOOPLAG_BENCH_YARDSTICK_H

#include <microhttpd.h>

/**
 * Prints "listening on http://127.0.0.1:PORT (name)" and serves until SIGTERM.
 * `completed` may be NULL. Returns the program's exit code.
 */
int yardstick_serve(const char *name, MHD_AccessHandlerCallback handle,
                    MHD_RequestCompletedCallback completed);

#endif
