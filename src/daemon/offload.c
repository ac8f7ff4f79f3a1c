/* offload.c: one loop, and --workers handler threads behind it: see engine.h. */
#include "daemon/engine.h"
#include "daemon/serve.h"

static int offload_start(struct daemon *daemon)
{
    const struct daemon_options *options = &daemon->options;
    int error = http_start_handlers(&daemon->http, options->workers, options->queue);
    return error ? error : engine_single.start(daemon);
}

const struct engine engine_offload = {
    .generations = 1,
    .start = offload_start,
    .serve = serve_until_told,
};
