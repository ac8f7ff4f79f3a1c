/*
 * ping.c: POST /ping, the BaseModel analogue: the whole body in one buffer,
 * then jansson and the typed parameter.
 */
#include "endpoint/model.h"
#include "endpoint/rows.h"

static int ping_begin(struct endpoint_call *call)
{
    return buffer_reserve(&call->memory, call->announced);
}

static uint64_t ping_holds(const struct endpoint_call *call, uint64_t body)
{
    (void)call;
    return body;
}

static int ping_chunk(struct endpoint_call *call, const char *bytes, size_t length)
{
    return buffer_append(&call->memory, bytes, length);
}

static int ping_finish(struct endpoint_call *call, struct endpoint_answer *answer)
{
    return model_answer(call, call->memory.data, call->memory.length, NULL, answer);
}

static void ping_destroy(struct endpoint_call *call)
{
    buffer_clear(&call->memory, ENDPOINT_KEPT);
}

const struct endpoint endpoint_ping = {
    .path = "/ping",
    .method = ENDPOINT_POST,
    .summary = "keeps the body, and parses it in one go when it is whole",
    .parsing = {.whole_document = true},
    .begin = ping_begin,
    .holds = ping_holds,
    .chunk = ping_chunk,
    .finish = ping_finish,
    .destroy = ping_destroy,
};
