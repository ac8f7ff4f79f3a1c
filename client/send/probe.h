/*
 * probe.h: a health check beside the load, as an orchestrator makes it: a GET
 * on a connection of its own every period. So many failures in a row and it
 * would have restarted the server.
 */
#ifndef LOOPLAG_CLIENT_PROBE_H
#define LOOPLAG_CLIENT_PROBE_H

#include "base/buffer.h"
#include "plan/probe_plan.h"
#include "send/target.h"

#include <stdbool.h>
#include <stdint.h>

/** What the checks found. A reply with a status from 200 to 399 is good, as for Kubernetes. */
struct probe_result {
    struct probe_plan plan;
    uint64_t sent;
    uint64_t failed;
    uint64_t streak;      /**< failures in a row, now */
    uint64_t longest;     /**< and at most */
    int64_t slowest_ns;   /**< good or not */
    bool restart;         /**< an orchestrator would have restarted the server */
    int64_t restarted_ns; /**< since the start, when the last of those failures was known */
    int64_t lasted_ns;    /**< from the start to the end */
};

/** Counts one check that ended `now_ns` after the start. Pure. */
void probe_count(struct probe_result *result, bool good, int64_t took_ns, int64_t now_ns);

/**
 * Adds what was found in a later window of the same plan. Failures in a row
 * are counted in each window: between two the server had its rest.
 */
void probe_add(struct probe_result *into, const struct probe_result *later);

struct probe;

/** Starts checking; `target` is borrowed. Returns 0, -ENOMEM or another negative errno. */
int probe_start(struct probe **probe, const struct probe_plan *plan, const struct target *target);

/** Ends the checks (one on its way is cut short and not counted) and frees. NULL is accepted. */
void probe_finish(struct probe *probe, struct probe_result *result);

#endif
