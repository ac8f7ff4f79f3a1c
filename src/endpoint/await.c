/*
 * await.c: POST /await: jansson parses the whole document, as /ping does, but while the body comes
 * in, on a coroutine that gives the loop back between two pieces: what an await inside the parse
 * would do.
 *
 * No body is kept, so the scanner eats the pieces, too: it is asked what is wrong when jansson or
 * the binding refuses the text. It sees each piece first, and what it refuses jansson need not see.
 */
#include "base/clock.h"
#include "endpoint/model.h"
#include "endpoint/rows.h"
#include "json/document.h"

struct await {
    struct scan scan;
    struct document document;
    int64_t parse_ns; /* in jansson and the scanner, while the body came in */
    int64_t bind_ns;  /* for the end of the text and the binding, the turns of others left out */
};

_Static_assert(sizeof(struct await) + 64 <= ENDPOINT_KEPT, "the next request finds the memory");

static int await_begin(struct endpoint_call *call)
{
    const struct endpoint_context *context = call->context;
    int error = buffer_reserve(&call->memory, sizeof(struct await));
    if (error)
        return error;
    struct await *await = (void *)call->memory.data;
    const struct bind_limits limits = {
        .document = (size_t)context->max_document,
        .name = (size_t)context->max_name,
    };
    scan_init(&await->scan, limits.name);
    document_init(&await->document, &limits);
    await->parse_ns = await->bind_ns = 0;
    call->state = await;
    return 0;
}

static void await_foresee(struct endpoint_call *call, const char *bytes, size_t length)
{
    struct await *await = call->state;
    document_foresee(&await->document, bytes, length);
}

/* Its document as far as the body has come. What is announced is taken before, or many would fail
 * half-way. */
static uint64_t await_holds(const struct endpoint_call *call, uint64_t body)
{
    const struct await *await = call->state;
    if (!await)
        return body;
    return document_holds(&await->document) + await->scan.name.capacity;
}

/* A violation is told at the end: the rest of the body is read and ignored. */
static int await_chunk(struct endpoint_call *call, const char *bytes, size_t length)
{
    struct await *await = call->state;
    int result = scan_feed(&await->scan, bytes, length);
    if (result == SCAN_VIOLATION || scan_has_oversize(&await->scan))
        document_let_go(&await->document);
    if (result >= 0)
        result = document_feed(&await->document, bytes, length);
    if (result >= 0 && await->scan.taken == call->announced)
        result = document_flush(&await->document);
    await->parse_ns += clock_now_ns() - call->now_ns;
    return result;
}

static void tell_stages(const struct await *await, struct endpoint_answer *answer)
{
    answer->stage_ns[STAGE_PARSE] = await->parse_ns;
    if (answer->stage_ns[STAGE_READ] >= await->parse_ns)
        answer->stage_ns[STAGE_READ] -= await->parse_ns; /* the parsing fell into the reading */
}

static int await_finish(struct endpoint_call *call, struct endpoint_answer *answer)
{
    struct await *await = call->state;
    const int64_t start = clock_now_ns();
    int result = document_finish(&await->document);
    const int64_t end = clock_now_ns();
    await->bind_ns += end - start;
    if (result == DOCUMENT_AGAIN)
        return ENDPOINT_AGAIN;
    tell_stages(await, answer);
    if (result < 0)
        return result;
    if (result == BIND_TOO_LARGE)
        return model_answer_too_large(call, await->document.bound, answer);
    if (result)
        return model_answer_violations(&await->scan, answer);
    answer->stage_ns[STAGE_BIND] = await->bind_ns;
    return model_answer_summary(call, &await->document.param.summary, end, (struct reply_extra){0},
                                answer);
}

static void await_destroy(struct endpoint_call *call)
{
    struct await *await = call->state;
    if (!await)
        return;
    document_deinit(&await->document);
    scan_deinit(&await->scan);
    call->state = NULL;
}

const struct endpoint endpoint_await = {
    .path = "/await",
    .method = ENDPOINT_POST,
    .summary = "parses the body as it arrives, in short pieces, and keeps the whole document",
    .parsing = {.incremental = true, .whole_document = true},
    .begin = await_begin,
    .foresee = await_foresee,
    .holds = await_holds,
    .chunk = await_chunk,
    .piece = 4 << 10,
    .finish = await_finish,
    .destroy = await_destroy,
};
