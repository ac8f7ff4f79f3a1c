/*
 * readyz.c: GET /readyz: whether a balancer should send requests here: 503 from
 * the moment the server is told to end.
 */
#include "endpoint/rows.h"

static int readyz_finish(struct endpoint_call *call, struct endpoint_answer *answer)
{
    if (!stats_is_draining(call->context->stats))
        return buffer_append_text(&answer->body, "{\"status\":\"ready\"}");
    answer->status = 503;
    return buffer_append_text(&answer->body, "{\"status\":\"draining\"}");
}

const struct endpoint endpoint_readyz = {
    .path = "/readyz",
    .method = ENDPOINT_GET,
    .summary = "whether a balancer should send requests here",
    .open = true,
    .finish = readyz_finish,
};
