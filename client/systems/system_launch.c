/* system_launch.c: see system_launch.h. */
#include "systems/system_launch.h"

#include "base/error.h"
#include "systems/launch.h"
#include "systems/listen_socket.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int run(struct system *system, const struct launch *launch, int listener, unsigned port,
               char error[SERVER_ERROR_SIZE])
{
    char path[PROGRAM_PATH_SIZE];
    struct launch_words words;
    int r = launch_fill_in(&words, launch, launch->words, port);
    if (r)
        return r;
    if (!program_find(words.list[0], path)) {
        snprintf(error, SERVER_ERROR_SIZE, "there is no program %.400s", words.list[0]);
        return SERVER_FAILED;
    }
    const struct server_command command = {
        .name = launch->name,
        .path = path,
        .arguments = words.list,
        .port = port,
        .ready = launch->ready,
        .inherited = {listener},
        .inherited_count = listener >= 0,
        .foreign = true,
    };
    return system_add(system, &command, error);
}

static void listener_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

int system_launch_start(struct system *system, const struct system_setting *setting,
                        char error[SERVER_ERROR_SIZE])
{
    const struct launch *launch = system->plan->launch;
    unsigned port = launch->port ? launch->port : setting->port;
    CLEANUP(listener_close)
    int listener = port || launch_inherits(launch) ? listen_socket_open(port, &port)
                                                   : listen_socket_open_spare(&port);
    const char *taken = listener < 0 ? strerror(-listener) : NULL;
    if (listener >= 0 && !launch_inherits(launch)) {
        close(listener); /* the program opens the port itself */
        listener = -1;
        if (listen_socket_find(port))
            taken = strerror(EADDRINUSE);
    }
    if (taken) {
        snprintf(error, SERVER_ERROR_SIZE, "%.60s cannot listen on port %u: %s", launch->name, port,
                 taken);
        return SERVER_FAILED;
    }
    return run(system, launch, listener, port, error);
}
