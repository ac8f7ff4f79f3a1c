/* system.c: see system.h. */
#include "systems/system.h"

#include "base/error.h"
#include "systems/system_peer.h"
#include "systems/system_pods.h"

#include <stdio.h>
#include <string.h>

enum { WORDS_MOST = 64 };

/* Cuts a text at blanks, in place. Returns the number of words, WORDS_MOST at most. */
static size_t split(char *text, char *words[WORDS_MOST])
{
    size_t count = 0;
    for (char *word; count < WORDS_MOST && (word = strsep(&text, " ")) != NULL;) {
        if (*word)
            words[count++] = word;
    }
    return count;
}

/* One process, which says on its standard output where it listens. */
static int start_looplagd(struct system *system, const struct system_setting *setting,
                          char error[SERVER_ERROR_SIZE])
{
    char name[] = "looplagd";
    char log_option[] = "--no-access-log";
    char port_option[32];
    char flags[SYSTEM_FLAGS_SIZE];
    char *words[WORDS_MOST];
    char *arguments[WORDS_MOST + 4] = {name, log_option};
    memcpy(flags, system->plan->flags, sizeof flags);
    size_t count = split(flags, words);
    memcpy(arguments + 2, words, count * sizeof *words);
    snprintf(port_option, sizeof port_option, "--port=%u", setting->port);
    arguments[2 + count] = port_option;
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
    (void)setting, (void)error;
    system->target = *system->plan->target;
    return 0;
}

static int fetch_stats(const struct system *system, struct server_stats *stats,
                       struct server_holds *holds)
{
    return server_stats_fetch(&system->target, system->plan->headers, stats, holds);
}

/* `start` sets the target itself or adds processes, the last of which listens for the system. */
static const struct {
    int (*start)(struct system *system, const struct system_setting *setting, char *error);
    int (*stats)(const struct system *system, struct server_stats *stats,
                 struct server_holds *holds);
} kinds[SYSTEM_KINDS] = {
    [SYSTEM_LOOPLAGD] = {start_looplagd, fetch_stats},
    [SYSTEM_PODS] = {system_pods_start, system_pods_stats},
    [SYSTEM_PEER] = {system_peer_start, system_peer_stats},
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
        r = target_init(&system->target, url, NULL, error);
        r = r > 0 ? SERVER_FAILED : r;
    }
    if (r) {
        system_stop(system, ignored);
        system->plan = NULL;
    }
    return r;
}

size_t system_roots(const struct system *system, pid_t out[SYSTEM_PROCESSES_MOST])
{
    size_t count = 0;
    for (size_t i = 0; i < system->process_count; i++) {
        if (system->processes[i].pid)
            out[count++] = system->processes[i].pid;
    }
    return count;
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
