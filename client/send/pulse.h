/*
 * pulse.h: how late the machine itself is. A thread that does nothing but
 * sleep until random moments, beside a window of load, and records how late it
 * woke up: what no program on this machine, now, can do better.
 */
#ifndef LOOPLAG_CLIENT_PULSE_H
#define LOOPLAG_CLIENT_PULSE_H

#include "base/histogram.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** The mean time between two moments: two thousand a window of ten seconds. */
#define PULSE_MEAN_NS INT64_C(5000000)

struct pulse {
    struct histogram lag; /**< ns; the thread's until it has been joined */
    int64_t start_ns;
    int64_t end_ns;
    pthread_t thread;
    bool running;
    atomic_bool stop;
};

/** Starts the thread, from `start_ns` to `end_ns`. Returns 0 or a negative errno. */
int pulse_start(struct pulse *pulse, int64_t start_ns, int64_t end_ns);

/** Ends and joins the thread; then `lag` can be read. One that never started is accepted. */
void pulse_finish(struct pulse *pulse);

/** Frees the histogram. A zeroed one is accepted; twice is fine. */
void pulse_deinit(struct pulse *pulse);

#endif
