/* bind.c: see bind.h. */
#include "json/bind.h"

#include "base/clock.h"
#include "base/error.h"
#include "json/census.h"
#include "json/field.h"
#include "json/lookahead.h"

#include <jansson.h>
#ifdef BIND_OWN_TABLE
#include <jansson_key_ahead.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* The arena of the document that this thread is parsing, and the reader of a large one. */
static _Thread_local struct arena *current;
static _Thread_local struct lookahead *reader;

/* The seed of jansson's hashes: random, so that nobody can choose collisions. */
static uint32_t hash_seed;

static void *allocate(size_t size)
{
    return current ? arena_alloc(current, size) : malloc(size);
}

static void release(void *memory)
{
    if (current)
        arena_release(current, memory);
    else
        free(memory);
}

#ifdef BIND_OWN_TABLE
static int key_ahead(uint32_t *hash)
{
    return reader && lookahead_next(reader, hash);
}
#endif

void bind_setup(void)
{
    if (getrandom(&hash_seed, sizeof hash_seed, 0) != sizeof hash_seed)
        hash_seed = (uint32_t)clock_wall_ns();
    hash_seed |= 1; /* jansson would take 0 for "choose one" */
    json_set_alloc_funcs(allocate, release);
    json_object_seed(hash_seed);
#ifdef BIND_OWN_TABLE
    jansson_key_ahead = key_ahead;
#endif
}

void bind_begin(struct bind_document *document, const struct bind_limits *limits)
{
    document->root = NULL;
    document->bound = 0;
    document->limits = *limits;
    document->taken = 0;
    arena_init(&document->arena, document->first, sizeof document->first);
}

bool bind_is_small(size_t length, const struct bind_limits *limits)
{
    return length <= (BIND_FIRST - 1024) / CENSUS_MOST_PER_BYTE && limits->document >= BIND_FIRST;
}

void bind_enter(struct bind_document *document, struct bind_source *source)
{
    current = document ? &document->arena : NULL;
    reader = document && source->looks_ahead ? &source->lookahead : NULL;
}

void bind_source_give(struct bind_source *source, const char *bytes, size_t length)
{
    source->at = bytes;
    source->end = bytes + length;
    source->given += length;
    source->looks_ahead = source->given >= LOOKAHEAD_MIN;
    if (source->looks_ahead)
        lookahead_init(&source->lookahead, bytes, length, hash_seed);
}

/* jansson takes a text in pieces of a kilobyte. */
static size_t read_source(void *buffer, size_t size, void *cls)
{
    struct bind_source *source = cls;
    if (source->at == source->end && source->wait)
        source->wait(source);
    const size_t left = (size_t)(source->end - source->at);
    const size_t length = left < size ? left : size;
    if (length)
        memcpy(buffer, source->at, length);
    source->at += length;
    return length;
}

int bind_read(struct bind_document *document, struct bind_source *source)
{
    json_error_t error;
    document->root = json_load_callback(read_source, source, JSON_DECODE_ANY, &error);
    return document->root ? 0 : BIND_REFUSED;
}

/* Takes what is not on the stack from the budget. */
static int take_memory(struct bind_document *document)
{
    const struct bind_limits *limits = &document->limits;
    if (limits->budget) {
        int r = budget_take(limits->budget, document->bound, limits->beside);
        if (r)
            return r == BUDGET_NEVER ? BIND_NEVER : BIND_FULL;
        document->taken = document->bound;
    }
    /* jansson takes a failed allocation for bad text, or runs on over it: none may fail. */
    return arena_reserve(&document->arena, document->bound);
}

/* Counts the text, and makes sure of its document's memory. Returns as bind_parse does. */
static int prepare(struct bind_document *document, const char *bytes, size_t length)
{
    const size_t limit = document->limits.document;
    if (bind_is_small(length, &document->limits))
        return 0;
    struct census census;
    census_init(&census);
    census_add(&census, bytes, length);
    census = census_end(&census);
    document->bound = census_bound(&census);
    if (document->bound > limit)
        return BIND_TOO_LARGE;
    return document->bound > BIND_FIRST ? take_memory(document) : 0;
}

int bind_parse(struct bind_document *document, const char *bytes, size_t length,
               const struct bind_limits *limits)
{
    bind_begin(document, limits);
    /* jansson takes a NUL byte for the end of the text. */
    if (length == 0 || memchr(bytes, '\0', length))
        return BIND_REFUSED;
    int r = prepare(document, bytes, length);
    if (r)
        return r;
    struct bind_source source = {.wait = NULL};
    bind_source_give(&source, bytes, length);
    bind_enter(document, &source);
    r = bind_read(document, &source);
    bind_enter(NULL, NULL);
    return r;
}

static int bind_name(const json_t *root, size_t most, struct param_summary *summary)
{
    const json_t *name = json_object_get(root, fields[FIELD_NAME].name);
    if (!json_is_string(name) || json_string_length(name) > most)
        return BIND_REFUSED;
    summary->name = json_string_value(name);
    summary->name_length = json_string_length(name);
    return 0;
}

static int bind_timestamp(const json_t *root, struct param_summary *summary)
{
    const json_t *timestamp = json_object_get(root, fields[FIELD_TIMESTAMP].name);
    if (!timestamp || json_is_null(timestamp))
        return 0;
    if (!json_is_string(timestamp) ||
        clock_parse_rfc3339(json_string_value(timestamp), json_string_length(timestamp),
                            &summary->timestamp_ns))
        return BIND_REFUSED;
    summary->has_timestamp = true;
    return 0;
}

static int bind_data(struct bind_document *document, json_t *data, struct bind_param *param,
                     const struct bind_pause *pause)
{
    enum { MEMBERS_A_PAUSE = 2048 };
    if (!json_is_object(data))
        return BIND_REFUSED;
    size_t count = json_object_size(data);
    param->members = arena_alloc(&document->arena, count * sizeof *param->members);
    if (!param->members)
        return -ENOMEM;
    int64_t maxval = INT64_MIN;
    struct bind_member *member = param->members;
    for (void *at = json_object_iter(data); at; at = json_object_iter_next(data, at)) {
        const json_t *value = json_object_iter_value(at);
        if (!json_is_integer(value))
            return BIND_REFUSED;
        member->key = json_object_iter_key(at);
        member->value = json_integer_value(value);
        if (member->value > maxval)
            maxval = member->value;
        member++;
        if (pause && (member - param->members) % MEMBERS_A_PAUSE == 0)
            pause->now(pause->cls);
    }
    param->summary.count = count;
    param->summary.maxval = count ? maxval : 0;
    return 0;
}

int bind_param(struct bind_document *document, struct bind_param *param,
               const struct bind_pause *pause)
{
    json_t *root = document->root;
    memset(param, 0, sizeof *param);
    if (!json_is_object(root))
        return BIND_REFUSED;
    int result = bind_name(root, document->limits.name, &param->summary);
    if (!result)
        result = bind_timestamp(root, &param->summary);
    if (!result)
        result = bind_data(document, json_object_get(root, fields[FIELD_DATA].name), param, pause);
    return result;
}

void bind_document_deinit(struct bind_document *document)
{
    document->root = NULL;
    arena_deinit(&document->arena);
    if (document->taken)
        budget_give(document->limits.budget, document->taken);
    document->taken = 0;
}
