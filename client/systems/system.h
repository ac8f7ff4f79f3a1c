/*
 * system.h: a system under test while it runs: the processes it is made of,
 * where it listens, and how it is started, watched and stopped. What measures
 * it knows no more than that; the kinds of systems are rows of a table.
 */
#ifndef LOOPLAG_CLIENT_SYSTEM_H
#define LOOPLAG_CLIENT_SYSTEM_H

#include "systems/system_kind.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * Starts the system and waits until it answers; one that runs already is taken as it is. `error`
 * says which program failed and how. Returns 0, SERVER_FAILED, SERVER_INTERRUPTED or a negative
 * errno; unless 0, nothing is left running.
 */
int system_start(struct system *system, const struct system_plan *plan,
                 const struct system_setting *setting, char error[SERVER_ERROR_SIZE]);

/**
 * Whether `system`, which runs, is what a plan asks for, too: a program that listens on a port of
 * its own choice is started once, however many endpoints of it are measured.
 */
bool system_is_shared(const struct system *system, const struct system_plan *plan);

/** Makes a system of a plan that `runs` serves already; it is borrowed, and stopped by itself. */
void system_share(struct system *system, const struct system_plan *plan, const struct system *runs);

/** Puts the ids of its processes that we started into `out`. Returns how many run. */
size_t system_roots(const struct system *system, pid_t out[SYSTEM_PROCESSES_MOST]);

/** Whether we started it. */
bool system_is_ours(const struct system *system);

/** Returns SERVER_FAILED and says which program ended and how, or 0 while all run. */
int system_check(struct system *system, char error[SERVER_ERROR_SIZE]);

/**
 * What a looplagd, or several, tell of themselves; their holds are added to `holds`, as
 * server_stats_parse does. Returns 0, or -ENOMEM, or
 * SERVER_STATS_FOREIGN for another server, of which the traits may be known,
 * and for one that was not started.
 */
int system_stats(const struct system *system, struct server_stats *stats,
                 struct server_holds *holds);

/** Stops all, the last started first, as server_stop does. One that never ran is accepted. */
int system_stop(struct system *system, char error[SERVER_ERROR_SIZE]);

#endif
