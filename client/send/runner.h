/*
 * runner.h: one window of load: the threads of all classes from a common
 * start, until the time is over and every reply has come.
 */
#ifndef LOOPLAG_CLIENT_RUNNER_H
#define LOOPLAG_CLIENT_RUNNER_H

#include "send/window.h"

/** A signal, or window.watch, ended the window early: what was measured is in the stats. */
enum { RUNNER_INTERRUPTED = 1, RUNNER_STOPPED };

/**
 * Runs a window to its end. Returns 0, RUNNER_INTERRUPTED, RUNNER_STOPPED, or a negative errno
 * (a thread, handle or histogram could not be made).
 */
int runner_run(struct window *window);

#endif
