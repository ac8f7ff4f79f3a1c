/*
 * ping.c: POST /ping, the BaseModel analogue: the whole body in one buffer,
 * then jansson and the typed parameter.
 */
#include "endpoint/model.h"
#include "endpoint/rows.h"

#include <stdlib.h>

static int ping_begin(struct endpoint_call *call)
{
    struct buffer *body = calloc(1, sizeof *body);
    if (!body)
        return -ENOMEM;
    call->state = body;
    return buffer_reserve(body, call->announced);
}

static int ping_chunk(struct endpoint_call *call, const char *bytes, size_t length)
{
    return buffer_append(call->state, bytes, length);
}

static int ping_finish(struct endpoint_call *call, struct endpoint_answer *answer)
{
    const struct buffer *body = call->state;
    return model_answer(call, body->data, body->length, NULL, answer);
}

static void ping_destroy(struct endpoint_call *call)
{
    buffer_deinit(call->state);
    free(call->state);
    call->state = NULL;
}

const struct endpoint endpoint_ping = {
    .path = "/ping",
    .method = ENDPOINT_POST,
    .begin = ping_begin,
    .chunk = ping_chunk,
    .finish = ping_finish,
    .destroy = ping_destroy,
};
