/*
 * stream.c: POST /stream: the incremental scanner eats each chunk as it
 * arrives. No body is kept, and no callback takes longer than a chunk.
 */
#include "base/clock.h"
#include "endpoint/rows.h"
#include "json/reply.h"
#include "json/scan.h"

_Static_assert(sizeof(struct scan) + 64 <= ENDPOINT_KEPT, "the next request finds the memory");

struct stream {
    struct scan scan;
    int64_t scan_ns; /* time in the scanner so far */
};

static int stream_begin(struct endpoint_call *call)
{
    int error = buffer_reserve(&call->memory, sizeof(struct stream));
    if (error)
        return error;
    struct stream *stream = (void *)call->memory.data;
    scan_init(&stream->scan, call->context->max_name);
    stream->scan_ns = 0;
    call->state = stream;
    return 0;
}

/* Of the body only the name is held, which grows by doubling. */
static uint64_t stream_holds(const struct endpoint_call *call, uint64_t body)
{
    (void)body;
    const struct stream *stream = call->state;
    return stream ? stream->scan.name.capacity : 0;
}

/* A violation is told at the end: the rest of the body is read and ignored. */
static int stream_chunk(struct endpoint_call *call, const char *bytes, size_t length)
{
    struct stream *stream = call->state;
    int result = scan_feed(&stream->scan, bytes, length);
    stream->scan_ns += clock_now_ns() - call->now_ns;
    return result < 0 ? result : 0;
}

static int stream_finish(struct endpoint_call *call, struct endpoint_answer *answer)
{
    struct stream *stream = call->state;
    struct param_summary summary;
    struct violations violations;
    int result = scan_finish(&stream->scan, &summary, &violations);
    answer->stage_ns[STAGE_PARSE] = stream->scan_ns;
    if (answer->stage_ns[STAGE_READ] >= stream->scan_ns)
        answer->stage_ns[STAGE_READ] -= stream->scan_ns; /* the scanning fell into the reading */
    if (result < 0)
        return result;
    if (result == SCAN_VIOLATION) {
        answer->status = 422;
        return reply_violations(&answer->body, &violations);
    }
    struct reply_extra extra = {
        .elapsed_ns = clock_now_ns() - call->began_ns,
        .wall_now_ns = summary.has_timestamp ? clock_wall_ns() : 0,
    };
    return reply_summary(&answer->body, &summary, &extra);
}

static void stream_destroy(struct endpoint_call *call)
{
    struct stream *stream = call->state;
    if (!stream)
        return;
    scan_deinit(&stream->scan);
    call->state = NULL;
}

const struct endpoint endpoint_stream = {
    .path = "/stream",
    .method = ENDPOINT_POST,
    .summary = "parses the body as it arrives, and keeps nothing of it",
    .parsing = {.incremental = true},
    .begin = stream_begin,
    .holds = stream_holds,
    .chunk = stream_chunk,
    .finish = stream_finish,
    .destroy = stream_destroy,
};
