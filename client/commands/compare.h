/*
 * compare.h: the command `compare`: starts each system under test once for
 * each endpoint and measures them in turns; and what `sweep` has in common with
 * it.
 */
#ifndef LOOPLAG_CLIENT_COMPARE_H
#define LOOPLAG_CLIENT_COMPARE_H

#include "measure/comparison.h"
#include "plan/options.h"
#include "systems/server_process.h"
#include "systems/system_plan.h"

/** What is compared, and the path of looplagd. Not to be moved; a zeroed one is valid. */
struct compare_plan {
    char server[SERVER_PATH_SIZE];
    struct system_plans systems;
};

/**
 * Finds looplagd and lists the systems that the options ask for. Says on
 * stderr what fails. Returns 0 or an exit code (exit_code.h).
 */
int compare_plan_init(struct compare_plan *plan, const struct options *options);

/** Frees what the systems borrow from. */
void compare_plan_deinit(struct compare_plan *plan);

/**
 * Makes a comparison of every system with each endpoint that it has; its cells
 * are in that order. Says on stderr when it will take long. Returns 0 or -ENOMEM; comparison_deinit
 * may follow either way.
 */
int compare_init(struct comparison *comparison, const struct compare_plan *plan,
                 const struct workload *workload, int argc, char **argv);

/** Runs the command; says on stderr what fails. Returns an exit code (exit_code.h). */
int compare_command(const struct options *options, int argc, char **argv);

#endif
