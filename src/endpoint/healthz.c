/* healthz.c: GET /healthz: the process answers. */
#include "endpoint/rows.h"

static int healthz_finish(struct endpoint_call *call, struct endpoint_answer *answer)
{
    (void)call;
    return buffer_append_text(&answer->body, "{\"status\":\"ok\"}");
}

const struct endpoint endpoint_healthz = {
    .path = "/healthz",
    .method = ENDPOINT_GET,
    .summary = "whether the process lives",
    .open = true,
    .finish = healthz_finish,
};
