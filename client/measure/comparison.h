/*
 * comparison.h: systems under test, measured in turns so that drift hits all
 * alike. A contender is one system with one endpoint; each round measures every
 * contender without and with the large classes, and the next round in the
 * reverse order.
 */
#ifndef LOOPLAG_CLIENT_COMPARISON_H
#define LOOPLAG_CLIENT_COMPARISON_H

#include "measure/result.h"
#include "measure/session.h"
#include "measure/workload.h"
#include "send/progress.h"
#include "send/pulse.h"
#include "systems/system.h"

#include <stdbool.h>
#include <stddef.h>

/** What is borrowed must outlive the comparison. */
struct comparison_setting {
    const struct workload *workload;
    struct system_setting systems;
    size_t contenders;
    int64_t start_wall_ns; /**< when the first window begins; 0: as soon as all is ready */
    /**
     * The only contender, which no label tells from others: the result has no
     * subjects, and the probe checks it from beginning to end, since nothing
     * else is measured between its windows.
     */
    bool sole;
};

/** One system with one endpoint. */
struct contender {
    const struct system_plan *plan; /**< borrowed */
    const char *endpoint;           /**< borrowed */
    struct system system;
    struct server_holds held; /**< what a looplagd had told before it was measured */
    struct session session;
    struct subject *subject; /**< of the result; NULL for a sole one */
    bool refuses;            /**< it was told that it takes no connections any more */
};

/** Not to be moved. A zeroed one is a valid, empty one. */
struct comparison {
    struct comparison_setting setting;
    struct result result;
    struct progress progress;
    struct contender *contenders;
    size_t count; /**< of those added */
};

/** The comparison ended early: the reason has been told. */
enum { COMPARISON_FAILED = 1, COMPARISON_INTERRUPTED };

/** Makes room for the contenders. Returns 0 or -ENOMEM; comparison_deinit may follow either way. */
int comparison_init(struct comparison *comparison, const struct comparison_setting *setting,
                    int argc, char **argv);

/**
 * Adds a contender; setting.contenders at most. The result's cells are in the
 * order of the calls, the classes of the options for each.
 */
void comparison_add(struct comparison *comparison, const struct system_plan *plan,
                    const char *endpoint);

/**
 * Starts the systems, tries them, waits for the start, measures the machine and then them, asks
 * them for their own figures, and stops what was started. Says on stderr what fails. Returns 0,
 * COMPARISON_FAILED, COMPARISON_INTERRUPTED or a negative errno; what was measured before is in the
 * result.
 */
int comparison_measure(struct comparison *comparison);

/** Frees the result and the contenders. Twice is fine. */
void comparison_deinit(struct comparison *comparison);

#endif
