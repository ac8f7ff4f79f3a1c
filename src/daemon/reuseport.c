/* reuseport.c: a loop and a listening socket for each worker: see engine.h. */
#include "daemon/engine.h"
#include "daemon/serve.h"

static int reuseport_start(struct daemon *daemon)
{
    int error = 0;
    daemon->loop_count = daemon->options.workers;
    for (unsigned i = 0; i < daemon->loop_count && !error; i++)
        error = daemon_start_loop(daemon, i, stats_worker(daemon->stats, i, 0), 0,
                                  &daemon->listeners[i]);
    return error;
}

const struct engine engine_reuseport = {
    .loop_each = true,
    .listener_each = true,
    .generations = 1,
    .start = reuseport_start,
    .serve = serve_until_told,
};
