/*
 * system.h: a system under test while it runs: the processes it is made of,
 * where it listens, and how it is started, watched and stopped. What measures
 * it knows no more than that; the kinds of systems are rows of a table.
 */
#ifndef LOOPLAG_CLIENT_SYSTEM_H
#define LOOPLAG_CLIENT_SYSTEM_H

#include "send/target.h"
#include "systems/server_process.h"
#include "systems/server_stats.h"
#include "systems/system_plan.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SYSTEM_PROCESSES_MOST = 32 };

/** What every system of a comparison is started with. Borrowed. */
struct system_setting {
    const char *server; /**< the path of looplagd */
    unsigned port;      /**< where to listen; 0: any free one */
    int64_t timeout_ns; /**< the client's, of one request */
};

struct system {
    const struct system_plan *plan;                         /**< borrowed; NULL: not started */
    struct server_process processes[SYSTEM_PROCESSES_MOST]; /**< that we started, in order */
    size_t process_count;
    struct target target; /**< where requests go */
};

/**
 * Starts the system and waits until it answers; one that runs already is taken as it is. `error`
 * says which program failed and how. Returns 0, SERVER_FAILED, SERVER_INTERRUPTED or a negative
 * errno; unless 0, nothing is left running.
 */
int system_start(struct system *system, const struct system_plan *plan,
                 const struct system_setting *setting, char error[SERVER_ERROR_SIZE]);

/**
 * For kinds: starts one more process of the system, with server_start's
 * results. It is `system->processes[system->process_count - 1]` then.
 */
int system_add(struct system *system, const struct server_command *command,
               char error[SERVER_ERROR_SIZE]);

/** Puts the ids of its processes that we started into `out`. Returns how many run. */
size_t system_roots(const struct system *system, pid_t out[SYSTEM_PROCESSES_MOST]);

/** Returns SERVER_FAILED and says which program ended and how, or 0 while all run. */
int system_check(struct system *system, char error[SERVER_ERROR_SIZE]);

/**
 * What a looplagd, or several, tell of themselves. Returns 0,
 * SERVER_STATS_FOREIGN for another server and one that was not started, or
 * -ENOMEM.
 */
int system_stats(const struct system *system, struct server_stats *stats);

/** Stops all, the last started first, as server_stop does. One that never ran is accepted. */
int system_stop(struct system *system, char error[SERVER_ERROR_SIZE]);

#endif
