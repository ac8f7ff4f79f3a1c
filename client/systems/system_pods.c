/* system_pods.c: see system_pods.h. */
#include "systems/system_pods.h"

#include "base/buffer.h"
#include "base/error.h"
#include "systems/haproxy.h"
#include "systems/listen_socket.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The numbers under which HAProxy finds the descriptors that it inherits. */
enum { LISTENER_FD = SERVER_FIRST_FD, CONFIGURATION_FD };

static void file_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static int start_pods(struct system *system, const struct system_setting *setting,
                      char error[SERVER_ERROR_SIZE])
{
    char name[] = "looplagd";
    char mode[] = "--mode=select";
    char port[] = "--port=0";
    char log[] = "--no-access-log";
    char holds[] = "--hold-warn=0";
    char *const arguments[] = {name, mode, port, log, holds, NULL};
    const struct server_command command = {
        .name = name,
        .path = setting->server,
        .arguments = arguments,
        .ready = SYSTEM_PODS_READY,
    };
    int r = 0;
    for (unsigned i = 0; r == 0 && i < system->plan->pods; i++)
        r = system_add(system, &command, error);
    return r;
}

/* Makes a file in memory with the configuration. Returns its descriptor or a negative errno. */
static int configure(const struct system *system, const struct system_setting *setting)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    const char *urls[SYSTEM_PROCESSES_MOST];
    for (size_t i = 0; i < system->process_count; i++)
        urls[i] = system->processes[i].url;
    const struct haproxy_plan plan = {
        .balance = system->plan->balance,
        .ready = SYSTEM_PODS_READY,
        .listener = LISTENER_FD,
        .timeout_ns = setting->timeout_ns,
        .urls = urls,
        .count = system->process_count,
    };
    haproxy_write(&text, &plan);
    if (text.error)
        return text.error;
    int fd = memfd_create("haproxy.cfg", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (write(fd, text.data, text.length) == (ssize_t)text.length)
        return fd;
    int r = -errno;
    close(fd);
    return r;
}

/* Asks HAProxy whether it takes the configuration, then starts it. */
static int start_haproxy(struct system *system, const int inherited[2], unsigned port,
                         char error[SERVER_ERROR_SIZE])
{
    char name[] = "haproxy";
    char check[] = "-c";
    char foreground[] = "-db";
    char option[] = "-f";
    char file[32];
    char *arguments[] = {name, check, option, file, NULL};
    CLEANUP(buffer_deinit)
    struct buffer told = {0};
    snprintf(file, sizeof file, "/dev/fd/%d", CONFIGURATION_FD);
    struct server_command command = {
        .name = name,
        .path = system->plan->haproxy,
        .arguments = arguments,
        .inherited = {inherited[0], inherited[1]},
        .inherited_count = 2,
        .foreign = true,
    };
    int r = server_ask(&command, &told, error);
    if (r)
        return r;
    arguments[1] = foreground;
    command.port = port;
    command.ready = SYSTEM_PODS_READY;
    return system_add(system, &command, error);
}

int system_pods_start(struct system *system, const struct system_setting *setting,
                      char error[SERVER_ERROR_SIZE])
{
    unsigned port;
    CLEANUP(file_close)
    int listener = listen_socket_open(setting->port, &port);
    if (listener < 0) {
        snprintf(error, SERVER_ERROR_SIZE, "haproxy cannot listen on port %u: %s", setting->port,
                 strerror(-listener));
        return SERVER_FAILED;
    }
    int r = start_pods(system, setting, error);
    if (r)
        return r;
    CLEANUP(file_close)
    int file = configure(system, setting);
    if (file < 0)
        return file;
    const int inherited[] = {listener, file};
    return start_haproxy(system, inherited, port, error);
}

int system_pods_stats(const struct system *system, struct server_stats *stats,
                      struct server_holds *holds)
{
    for (size_t i = 0; i < system->plan->pods; i++) {
        struct server_stats pod;
        const struct target target = target_plain(system->processes[i].url);
        if (server_stats_fetch(&target, NULL, &pod, holds))
            return SERVER_STATS_FOREIGN;
        stats->rss_peak_bytes += pod.rss_peak_bytes;
        stats->cpu_seconds += pod.cpu_seconds;
        if (i == 0 || pod.loop_hold.max > stats->loop_hold.max)
            stats->loop_hold = pod.loop_hold;
        stats->traits = pod.traits;
    }
    if (system->plan->pods > 1)
        stats->traits.serving.one_loop = TRAIT_NO;
    snprintf(stats->mode, sizeof stats->mode, "pods");
    return 0;
}
