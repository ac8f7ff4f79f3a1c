/* system.c: see system.h. */
#include "systems/system.h"

#include "base/error.h"
#include "plan/command_words.h"
#include "systems/launch.h"
#include "systems/system_launch.h"
#include "systems/system_pods.h"

#include <stdio.h>
#include <string.h>

/* One process, which says on its standard output where it listens. */
static int start_looplagd(struct system *system, const struct system_setting *setting,
                          char error[SERVER_ERROR_SIZE])
{
    char name[] = "looplagd";
    char log_option[] = "--no-access-log";
    char hold_option[] = "--hold-warn=0"; /* long holds are what is measured here */
    char port_option[32];
    char *arguments[COMMAND_WORDS_MOST + 5] = {name, log_option, hold_option};
    struct command_words words;
    command_words_split(&words, system->plan->flags);
    memcpy(arguments + 3, words.list, words.count * sizeof *words.list);
    snprintf(port_option, sizeof port_option, "--port=%u", setting->port);
    arguments[3 + words.count] = port_option;
    const struct server_command command = {
        .name = name,
        .path = setting->server,
        .arguments = arguments,
        .ready = "/healthz",
    };
    return system_add(system, &command, error);
}

static int start_target(struct system *system, const struct system_setting *setting,
                        char error[SERVER_ERROR_SIZE])
{
    int r = target_init(&system->target, system->plan->url, setting->reach, error);
    return r > 0 ? SERVER_FAILED : r;
}

/* Any server may be a looplagd and tell of itself; of another one what was told of it is known. */
static int fetch_stats(const struct system *system, struct server_stats *stats,
                       struct server_holds *holds)
{
    const struct system_plan *plan = system->plan;
    int r = server_stats_fetch(&system->target, plan->headers, stats, holds);
    if (r == SERVER_STATS_FOREIGN && plan->traits)
        stats->traits = *plan->traits;
    return r;
}

/* `start` sets the target itself or adds processes, the last of which listens for the system. */
static const struct {
    int (*start)(struct system *system, const struct system_setting *setting, char *error);
    int (*stats)(const struct system *system, struct server_stats *stats,
                 struct server_holds *holds);
} kinds[SYSTEM_KINDS] = {
    [SYSTEM_LOOPLAGD] = {start_looplagd, fetch_stats},
    [SYSTEM_PODS] = {system_pods_start, system_pods_stats},
    [SYSTEM_LAUNCH] = {system_launch_start, fetch_stats},
    [SYSTEM_TARGET] = {start_target, fetch_stats},
};

int system_start(struct system *system, const struct system_plan *plan,
                 const struct system_setting *setting, char error[SERVER_ERROR_SIZE])
{
    char ignored[SERVER_ERROR_SIZE];
    memset(system, 0, sizeof *system);
    system->plan = plan;
    int r = kinds[plan->kind].start(system, setting, error);
    if (r == 0 && system->process_count) {
        const char *url = system->processes[system->process_count - 1].url;
        struct reach reach = *setting->reach;
        reach.unix_socket = NULL;
        r = target_init(&system->target, url, &reach, error);
        r = r > 0 ? SERVER_FAILED : r;
    }
    if (r) {
        system_stop(system, ignored);
        system->plan = NULL;
    }
    return r;
}

bool system_is_shared(const struct system *system, const struct system_plan *plan)
{
    return plan->launch && plan->launch->port && system->plan &&
           system->plan->launch == plan->launch;
}

void system_share(struct system *system, const struct system_plan *plan, const struct system *runs)
{
    *system = (struct system){.plan = plan, .shared = runs, .target = runs->target};
}

/* Whose processes serve it. */
static const struct system *owner_of(const struct system *system)
{
    return system->shared ? system->shared : system;
}

size_t system_roots(const struct system *system, pid_t out[SYSTEM_PROCESSES_MOST])
{
    const struct system *owner = owner_of(system);
    size_t count = 0;
    for (size_t i = 0; i < owner->process_count; i++) {
        if (owner->processes[i].pid)
            out[count++] = owner->processes[i].pid;
    }
    return count;
}

bool system_is_ours(const struct system *system)
{
    return owner_of(system)->process_count > 0;
}

int system_check(struct system *system, char error[SERVER_ERROR_SIZE])
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < system->process_count; i++)
        r = server_check(&system->processes[i], error);
    return r;
}

int system_stats(const struct system *system, struct server_stats *stats,
                 struct server_holds *holds)
{
    memset(stats, 0, sizeof *stats);
    return system->plan ? kinds[system->plan->kind].stats(system, stats, holds)
                        : SERVER_STATS_FOREIGN;
}

int system_stop(struct system *system, char error[SERVER_ERROR_SIZE])
{
    int r = 0;
    while (system->process_count > 0) {
        if (server_stop(&system->processes[--system->process_count], error))
            r = SERVER_FAILED;
    }
    return r;
}
