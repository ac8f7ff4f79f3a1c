/*
 * workload.h: the classes of a run with their bodies, made before anything is
 * measured.
 */
#ifndef LOOPLAG_CLIENT_WORKLOAD_H
#define LOOPLAG_CLIENT_WORKLOAD_H

#include "plan/options.h"
#include "send/bodies.h"

#include <stdbool.h>
#include <stddef.h>

struct workload {
    const struct options *options; /**< borrowed; owns the classes */
    struct bodies bodies[CLASS_MOST];
    bool heavy[CLASS_MOST]; /**< left out of baselines */
    size_t heavy_count;
};

/** A body could not be read. */
#define WORKLOAD_UNREADABLE BODIES_UNREADABLE

/** Makes every body. Returns 0, or WORKLOAD_UNREADABLE or -ENOMEM with one line in `error`. */
int workload_init(struct workload *workload, const struct options *options,
                  char error[OPTIONS_ERROR_SIZE]);

/** Frees the bodies. Twice is fine. */
void workload_deinit(struct workload *workload);

/** Whether some classes are large and others not, so that a baseline says something. */
bool workload_has_baseline(const struct workload *workload);

#endif
