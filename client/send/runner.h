/*
 * runner.h: one window of load: the threads of all classes from a common
 * start, until the time is over and every reply has come.
 */
#ifndef LOOPLAG_CLIENT_RUNNER_H
#define LOOPLAG_CLIENT_RUNNER_H

#include "send/window.h"

/** A signal ended the window early: what was measured is in the stats. */
#define RUNNER_INTERRUPTED 1

/**
 * Runs a window to its end. Returns 0, RUNNER_INTERRUPTED, or a negative errno
 * (a thread, handle or histogram could not be made).
 */
int runner_run(struct window *window);

#endif
