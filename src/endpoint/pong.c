/*
 * pong.c: POST /pong, the hand-made endpoint of the original: the body kept as
 * the chunks it came in, then joined, parsed and bound, each stage timed.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "endpoint/model.h"
#include "endpoint/rows.h"

#include <stdlib.h>
#include <string.h>

struct chunk {
    struct chunk *next;
    size_t length;
    size_t capacity;
    char bytes[];
};

/* A client may send chunks of a byte: they are gathered, or each would take several times itself.
 */
enum { CHUNK_LEAST = 1 << 10 };

struct pong {
    struct arena arena; /* the chunks */
    struct chunk *first;
    struct chunk *last;
    size_t length;
    struct buffer text;
};

static int pong_begin(struct endpoint_call *call)
{
    struct pong *pong = calloc(1, sizeof *pong);
    if (!pong)
        return -ENOMEM;
    arena_init(&pong->arena, NULL, 0);
    call->state = pong;
    return 0;
}

/* Its chunks, and the string that they are joined to. */
static uint64_t pong_holds(const struct endpoint_call *call, uint64_t body)
{
    (void)call;
    return 2 * body;
}

static struct chunk *add_chunk(struct pong *pong, size_t length)
{
    const size_t capacity = length < CHUNK_LEAST ? CHUNK_LEAST : length;
    struct chunk *chunk = arena_alloc(&pong->arena, sizeof *chunk + capacity);
    if (!chunk)
        return NULL;
    *chunk = (struct chunk){.capacity = capacity};
    *(pong->last ? &pong->last->next : &pong->first) = chunk;
    pong->last = chunk;
    return chunk;
}

static int pong_chunk(struct endpoint_call *call, const char *bytes, size_t length)
{
    struct pong *pong = call->state;
    struct chunk *chunk = pong->last;
    if (!chunk || chunk->capacity - chunk->length < length)
        chunk = add_chunk(pong, length);
    if (!chunk)
        return -ENOMEM;
    memcpy(chunk->bytes + chunk->length, bytes, length);
    chunk->length += length;
    pong->length += length;
    return 0;
}

static int join_chunks(struct pong *pong)
{
    int error = buffer_reserve(&pong->text, pong->length);
    for (const struct chunk *chunk = pong->first; chunk && !error; chunk = chunk->next)
        error = buffer_append(&pong->text, chunk->bytes, chunk->length);
    pong->first = pong->last = NULL;
    arena_deinit(&pong->arena);
    return error;
}

/* The keys of the original, in its order. */
static size_t pong_profile(const struct endpoint_answer *answer, struct reply_stage *stages)
{
    static const struct {
        const char *name;
        enum endpoint_stage stage;
    } keys[MODEL_STAGES_MAX] = {
        {"001_read_chunks", STAGE_READ},
        {"002_string_conversion", STAGE_DECODE},
        {"003_json_parsing", STAGE_PARSE},
        {"004_param_creation", STAGE_BIND},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
        stages[i] = (struct reply_stage){keys[i].name, answer->stage_ns[keys[i].stage]};
    return ARRAY_LENGTH(keys);
}

static int pong_finish(struct endpoint_call *call, struct endpoint_answer *answer)
{
    struct pong *pong = call->state;
    int64_t start = clock_now_ns();
    int error = join_chunks(pong);
    if (error)
        return error;
    answer->stage_ns[STAGE_DECODE] = clock_now_ns() - start;
    return model_answer(call, pong->text.data, pong->text.length, pong_profile, answer);
}

static void pong_destroy(struct endpoint_call *call)
{
    struct pong *pong = call->state;
    if (!pong)
        return;
    arena_deinit(&pong->arena);
    buffer_deinit(&pong->text);
    free(pong);
    call->state = NULL;
}

const struct endpoint endpoint_pong = {
    .path = "/pong",
    .method = ENDPOINT_POST,
    .summary = "keeps the body in pieces, joins and parses them when it is whole, and tells the "
               "stages' times",
    .parsing = {.whole_document = true},
    .logs_begin = true,
    .begin = pong_begin,
    .holds = pong_holds,
    .chunk = pong_chunk,
    .finish = pong_finish,
    .destroy = pong_destroy,
};
