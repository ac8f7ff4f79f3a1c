/* document.c: see document.h. */
#include "json/document.h"

#include "base/coroutine.h"
#include "base/error.h"

#include <string.h>

enum {
    FRAME_SIZE = 512,       /* of stack, for each level of nesting, at the most */
    SMALL_HOLDS = 16 << 10, /* what is not worth counting */
    SMALL_DEPTH = 32
};

/* jansson wants more: back to whoever brings it. */
static void wait_for_piece(struct bind_source *source)
{
    const struct document *document = source->cls;
    coroutine_yield(document->coroutine);
}

static void pause_binding(void *cls)
{
    const struct document *document = cls;
    coroutine_yield(document->coroutine);
}

/* On the coroutine. What it makes stays on its stack, until the document is let go of. */
static void parse_and_bind(void *cls)
{
    struct document *document = cls;
    struct bind_document parsed;
    const struct bind_pause pause = {pause_binding, document};
    bind_begin(&parsed, &document->limits);
    document->document = &parsed;
    bind_enter(&parsed, &document->source);
    int r = bind_read(&parsed, &document->source);
    if (!r)
        r = bind_param(&parsed, &document->param, &pause);
    document->result = r;
    document->done = true;
    coroutine_yield(document->coroutine);
}

/* Lets the coroutine go on, in this thread, until it waits for more or is done. */
static void go_on(struct document *document)
{
    bind_enter(document->document, &document->source);
    coroutine_resume(document->coroutine);
    bind_enter(NULL, NULL);
}

void document_init(struct document *document, const struct bind_limits *limits)
{
    memset(document, 0, offsetof(struct document, gathered));
    document->limits = *limits;
    document->source.wait = wait_for_piece;
    document->source.cls = document;
    census_init(&document->census);
}

void document_foresee(struct document *document, const char *bytes, size_t length)
{
    document->has_nul = document->has_nul || memchr(bytes, '\0', length);
    census_add(&document->census, bytes, length);
    const struct census so_far = census_end(&document->census);
    document->bound = census_bound(&so_far);
    const size_t total = document->census.length + document->census.kept;
    if (document->bound > BIND_FIRST && bind_is_small(total, &document->limits))
        document->bound = BIND_FIRST;
}

size_t document_holds(const struct document *document)
{
    const size_t deepest = document->census.deepest;
    if (document->let_go || (document->bound <= SMALL_HOLDS && deepest <= SMALL_DEPTH))
        return 0;
    return document->bound + FRAME_SIZE * deepest;
}

void document_let_go(struct document *document)
{
    document->let_go = true;
    if (document->document)
        bind_document_deinit(document->document);
    coroutine_free(document->coroutine);
    document->document = NULL;
    document->coroutine = NULL;
}

/* jansson on its way to the first byte. */
static int begin(struct document *document)
{
    document->coroutine = coroutine_new(parse_and_bind, document);
    if (!document->coroutine)
        return -ENOMEM;
    go_on(document);
    return 0;
}

/*
 * Whether the whole blocks counted so far are too much already. What the unfinished one adds may
 * turn out less: at the text's end it is counted as bind_parse does.
 */
static bool is_too_large(const struct document *document)
{
    return document->bound > document->limits.document &&
           census_bound(&document->census) > document->limits.document;
}

/* For what this piece may take. Somewhat more, so that it need not be asked for with each. */
static int reserve(struct document *document)
{
    struct arena *arena = &document->document->arena;
    if (document->bound <= BIND_FIRST || document->bound <= arena->reserve_size)
        return 0;
    return arena_reserve(arena, document->bound + document->bound / 4);
}

/* What jansson does not take is let go of. Returns 0 or -ENOMEM. */
static int parse(struct document *document, const char *bytes, size_t length)
{
    if (document->let_go || length == 0)
        return 0;
    int r = document->coroutine ? 0 : begin(document);
    if (!r)
        r = reserve(document);
    if (r) {
        document_let_go(document);
        return r;
    }
    bind_source_give(&document->source, bytes, length);
    go_on(document);
    if (document->done)
        document_let_go(document);
    return 0;
}

int document_flush(struct document *document)
{
    const size_t length = document->gathered_length;
    document->gathered_length = 0;
    return parse(document, document->gathered, length);
}

int document_feed(struct document *document, const char *bytes, size_t length)
{
    if (is_too_large(document) || document->has_nul)
        document_let_go(document);
    if (length < DOCUMENT_GATHER - document->gathered_length) {
        memcpy(document->gathered + document->gathered_length, bytes, length);
        document->gathered_length += length;
        return 0;
    }
    const int r = document_flush(document);
    return r ? r : parse(document, bytes, length);
}

int document_finish(struct document *document)
{
    if (document->census.length + document->census.kept == 0 || document->has_nul)
        return BIND_REFUSED;
    if (document->bound > document->limits.document) {
        document_let_go(document);
        return BIND_TOO_LARGE;
    }
    const int r = document_flush(document);
    if (r)
        return r;
    if (document->let_go)
        return BIND_REFUSED;
    document->source.looks_ahead = false; /* its bytes were borrowed for a piece that is over */
    go_on(document);
    if (!document->done)
        return DOCUMENT_AGAIN;
    if (document->result)
        document_let_go(document);
    return document->result;
}

void document_deinit(struct document *document)
{
    if (document->coroutine)
        document_let_go(document);
}
