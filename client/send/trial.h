/*
 * trial.h: one request before the run, to see whether it is answered as it should
 * be: an address or a body that is wrong is told at once, and not as thousands
 * of errors afterwards.
 */
#ifndef LOOPLAG_CLIENT_TRIAL_H
#define LOOPLAG_CLIENT_TRIAL_H

#include "send/failure.h"
#include "send/outcome.h"
#include "send/window.h"

#include <stdbool.h>

struct trial {
    uint64_t id;            /**< in: the request's number */
    bool good;              /**< the reply is what the class takes for a good one */
    struct outcome outcome; /**< what became of it */
    struct failure failure; /**< what came in place of a good reply */
};

/**
 * Sends one request of a class as the window would, on a connection of its own.
 * Where nobody listens that is known within two seconds. Returns 0, RUNNER_INTERRUPTED,
 * RUNNER_STOPPED (by the window's watch) or a negative errno.
 */
int trial_run(const struct window *window, const struct load *load, struct trial *trial);

#endif
