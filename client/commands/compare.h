/*
 * compare.h: the command `compare`: starts each system under test once for
 * each endpoint and measures them in turns, so that drift hits all alike.
 */
#ifndef LOOPLAG_CLIENT_COMPARE_H
#define LOOPLAG_CLIENT_COMPARE_H

#include "plan/options.h"
#include "systems/server_process.h"
#include "systems/system_plan.h"

struct result;

/** A comparison ended early: the reason has been told. */
enum { COMPARE_FAILED = 1, COMPARE_INTERRUPTED };

/** What is compared, and the path of looplagd. Borrowed. */
struct comparison {
    const struct options *options;
    const struct system_plans *plans;
    const char *server;
};

/**
 * Starts a system for each plan and endpoint, measures and concludes, and
 * stops them. The result's cells are in that order, the classes of the options
 * for each; the caller frees it, also when this fails, before the comparison.
 * Returns 0, COMPARE_FAILED, COMPARE_INTERRUPTED or a negative errno.
 */
int compare_measure(const struct comparison *comparison, int argc, char **argv,
                    struct result *result);

/**
 * Finds looplagd and lists the plans of the options. Says on stderr what
 * fails. Returns 0 or an exit code (exit_code.h).
 */
int compare_prepare(const struct options *options, char path[SERVER_PATH_SIZE],
                    struct system_plans *plans);

/** Runs the command; says on stderr what fails. Returns an exit code (exit_code.h). */
int compare_command(const struct options *options, int argc, char **argv);

#endif
