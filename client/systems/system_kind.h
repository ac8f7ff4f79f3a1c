/*
 * system_kind.h: a system under test as the kinds of systems see it: what they
 * are told, the processes that they start, and where requests go.
 */
#ifndef LOOPLAG_CLIENT_SYSTEM_KIND_H
#define LOOPLAG_CLIENT_SYSTEM_KIND_H

#include "send/target.h"
#include "systems/server_process.h"
#include "systems/server_stats.h"
#include "systems/system_plan.h"

#include <stddef.h>
#include <stdint.h>

enum { SYSTEM_PROCESSES_MOST = 32 };

/** What every system of a comparison is started with. Borrowed. */
struct system_setting {
    const char *server;        /**< the path of looplagd */
    unsigned port;             /**< where to listen; 0: any free one */
    int64_t timeout_ns;        /**< the client's, of one request */
    const struct reach *reach; /**< a Unix socket is only that of a server that runs already */
};

struct system {
    const struct system_plan *plan;                         /**< borrowed; NULL: not started */
    struct server_process processes[SYSTEM_PROCESSES_MOST]; /**< that we started, in order */
    size_t process_count;
    const struct system *shared; /**< whose processes serve it, too; borrowed; NULL: its own */
    struct target target;        /**< where requests go */
};

/**
 * Starts one more process of the system, with server_start's results. It is
 * `system->processes[system->process_count - 1]` then.
 */
int system_add(struct system *system, const struct server_command *command,
               char error[SERVER_ERROR_SIZE]);

#endif
