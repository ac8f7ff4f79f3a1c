/*
 * pulse.h: how late the machine itself is. A thread that does nothing but
 * sleep until random moments, before the load and beside each window of it, and
 * records how late it woke up: what no program on this machine, now, can do
 * better.
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

/** How long pulse_measure takes, and its mean time between two moments: a thousand of them. */
#define PULSE_BEFORE_NS INT64_C(500000000)
#define PULSE_BEFORE_MEAN_NS INT64_C(500000)

/** Measures in the calling thread for PULSE_BEFORE_NS. Returns the p99 in ns, or -ENOMEM. */
int64_t pulse_measure(void);

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
