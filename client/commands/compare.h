/*
 * compare.h: the command `compare`: starts each system under test once for
 * each endpoint and measures them in turns; the command `load`, which is the
 * same with one system; and what `sweep` has in common with them.
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
 * Lists the systems that the options ask for, and finds looplagd if it is among them. Says on
 * stderr what fails. Returns 0 or an exit code (exit_code.h).
 */
int compare_plan_init(struct compare_plan *plan, const struct options *options);

/** Frees what the systems borrow from. */
void compare_plan_deinit(struct compare_plan *plan);

/** A system with an endpoint that it has. Borrowed from the plan. */
struct compare_pair {
    const struct system_plan *system;
    const char *endpoint;
};

enum { COMPARE_PAIRS_MOST = SYSTEM_PLANS_MOST * OPTIONS_LIST_MOST };

/** Lists every system with each endpoint that is measured of it. Returns how many. */
size_t compare_pairs(const struct compare_plan *plan,
                     struct compare_pair pairs[COMPARE_PAIRS_MOST]);

/**
 * Makes a comparison of these; its cells are in their order. Says on stderr when it will take
 * long. Returns 0 or -ENOMEM; comparison_deinit may follow either way.
 */
int compare_init(struct comparison *comparison, const struct compare_plan *plan,
                 const struct compare_pair *pairs, size_t count, const struct workload *workload,
                 int argc, char **argv);

/** Runs the command; says on stderr what fails. Returns an exit code (exit_code.h). */
int compare_command(const struct options *options, int argc, char **argv);

#endif
