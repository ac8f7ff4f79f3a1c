/*
 * probe_plan.h: the health check that is wanted beside the load, as in
 * --probe=period=1s,timeout=1s,failures=3.
 */
#ifndef LOOPLAG_CLIENT_PROBE_PLAN_H
#define LOOPLAG_CLIENT_PROBE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

enum { PROBE_PATH_SIZE = 256 };

struct probe_plan {
    bool wanted;
    int64_t period_ns;
    int64_t timeout_ns;
    unsigned failures; /**< in a row, for a restart */
    char path[PROBE_PATH_SIZE];
};

/** The text is no probe. */
#define PROBE_PLAN_INVALID 1

/**
 * Parses "KEY=VALUE,...": period, timeout, failures, path. What is not named
 * is 1 s, 1 s, 3 and /healthz; "" is refused. Returns 0 or PROBE_PLAN_INVALID.
 */
int probe_plan_parse(const char *text, struct probe_plan *plan);

#endif
