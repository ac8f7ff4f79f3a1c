/* single.c: the engines around one listening socket: see engine.h. */
#include "daemon/engine.h"
#include "daemon/serve.h"

static int start_one(struct daemon *daemon, unsigned threads)
{
    daemon->loop_count = 1;
    return daemon_start_loop(daemon, 0, stats_worker(daemon->stats, 0, 0), threads,
                             &daemon->listeners[0]);
}

static int single_start(struct daemon *daemon)
{
    return start_one(daemon, 0);
}

static int mhd_pool_start(struct daemon *daemon)
{
    return start_one(daemon, stats_workers(daemon->stats));
}

const struct engine engine_single = {
    .generations = 1,
    .start = single_start,
    .serve = serve_until_told,
};

const struct engine engine_mhd_pool = {
    .loop_each = true,
    .generations = 1,
    .start = mhd_pool_start,
    .serve = serve_until_told,
};
