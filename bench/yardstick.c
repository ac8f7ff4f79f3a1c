/* yardstick.c: see yardstick.h. */
#include "yardstick.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

int yardstick_serve(const char *name, MHD_AccessHandlerCallback handle,
                    MHD_RequestCompletedCallback completed)
{
    sigset_t set;
    int signal_number;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL, 0, NULL, NULL, handle,
                         NULL, MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_END);
    if (!daemon) {
        fprintf(stderr, "%s: can't start\n", name);
        return EXIT_FAILURE;
    }
    printf("listening on http://127.0.0.1:%u (%s)\n",
           MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port, name);
    fflush(stdout);
    sigwait(&set, &signal_number);
    MHD_stop_daemon(daemon);
    return EXIT_SUCCESS;
}
