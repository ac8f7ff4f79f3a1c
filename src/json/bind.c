/* bind.c: see bind.h. */
#include "json/bind.h"

#include "base/clock.h"
#include "base/error.h"
#include "json/census.h"
#include "json/field.h"
#include "json/lookahead.h"

#include <jansson.h>
#ifdef BIND_SIZES_TABLES
#include <jansson_table_order.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* The document that this thread is parsing, and the reader of a large one. */
static _Thread_local struct arena *current;
static _Thread_local struct lookahead *reader;

/* The large objects that are still to come in this thread's document, and how many have come. */
static _Thread_local struct tables {
    const struct census_table *next;
    const struct census_table *end;
    size_t objects;
} tables;

#ifdef BIND_SIZES_TABLES
/* The order of the next object's table: of a large one, so that it never has to grow. */
static unsigned order_of_next_table(void)
{
    enum { USUAL = 3 };
    unsigned order = USUAL;
    if (tables.next == tables.end || tables.objects++ != tables.next->object)
        return order;
    while (((size_t)1 << order) < tables.next->members)
        order++;
    tables.next++;
    return order;
}
#endif

/* The seed of jansson's hashes: random, so that nobody can choose collisions. */
static uint32_t hash_seed;

static __attribute__((noinline)) void *allocate_large(size_t size)
{
    if (!current)
        return malloc(size);
    void *memory = arena_alloc(current, size);
    lookahead_allocated(reader, memory, size);
    return memory;
}

/* A small document's allocations stay in this one: a dozen instructions. */
static void *allocate(size_t size)
{
    struct arena *arena = current;
    return arena && !reader ? arena_alloc(arena, size) : allocate_large(size);
}

static void release(void *memory)
{
    if (!current) {
        free(memory);
        return;
    }
    if (reader)
        lookahead_released(reader, memory);
    arena_release(current, memory);
}

void bind_setup(void)
{
    if (getrandom(&hash_seed, sizeof hash_seed, 0) != sizeof hash_seed)
        hash_seed = (uint32_t)clock_wall_ns();
    hash_seed |= 1; /* jansson would take 0 for "choose one" */
    json_set_alloc_funcs(allocate, release);
    json_object_seed(hash_seed);
#ifdef BIND_SIZES_TABLES
    jansson_table_order = order_of_next_table;
#endif
}

static json_t *load_large(const char *bytes, size_t length, json_error_t *error)
{
    struct lookahead lookahead;
    lookahead_init(&lookahead, bytes, length, hash_seed);
    reader = &lookahead;
    json_t *root = json_loadb(bytes, length, JSON_DECODE_ANY, error);
    reader = NULL;
    return root;
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
static int prepare(struct bind_document *document, const char *bytes, size_t length,
                   struct census *census)
{
    const size_t limit = document->limits.document;
    census->table_count = 0;
    document->bound = 0;
    if (length <= (sizeof document->first - 1024) / CENSUS_MOST_PER_BYTE &&
        sizeof document->first <= limit)
        return 0; /* a small one, whatever it is made of */
    int r = census_take(census, bytes, length, hash_seed);
    if (r)
        return r;
#ifndef BIND_SIZES_TABLES
    census->table_count = census->in_tables = 0;
#endif
    document->bound = census_bound(census);
    if (document->bound > limit)
        return BIND_TOO_LARGE;
    return document->bound > sizeof document->first ? take_memory(document) : 0;
}

int bind_parse(struct bind_document *document, const char *bytes, size_t length,
               const struct bind_limits *limits)
{
    document->root = NULL;
    document->limits = *limits;
    document->taken = 0;
    arena_init(&document->arena, document->first, sizeof document->first);
    /* jansson takes a NUL byte for the end of the text. */
    if (length == 0 || memchr(bytes, '\0', length))
        return BIND_REFUSED;
    struct census census;
    int r = prepare(document, bytes, length, &census);
    if (r)
        return r;
    json_error_t error;
    tables = (struct tables){.next = census.tables, .end = census.tables + census.table_count};
    current = &document->arena;
    document->root = length < LOOKAHEAD_MIN ? json_loadb(bytes, length, JSON_DECODE_ANY, &error)
                                            : load_large(bytes, length, &error);
    current = NULL;
    tables = (struct tables){0};
    return document->root ? 0 : BIND_REFUSED;
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

static int bind_data(struct arena *arena, json_t *data, struct bind_param *param)
{
    if (!json_is_object(data))
        return BIND_REFUSED;
    size_t count = json_object_size(data);
    param->members = arena_alloc(arena, count * sizeof *param->members);
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
    }
    param->summary.count = count;
    param->summary.maxval = count ? maxval : 0;
    return 0;
}

int bind_param(struct bind_document *document, struct bind_param *param)
{
    json_t *root = document->root;
    memset(param, 0, sizeof *param);
    if (!json_is_object(root))
        return BIND_REFUSED;
    int result = bind_name(root, document->limits.name, &param->summary);
    if (!result)
        result = bind_timestamp(root, &param->summary);
    if (!result)
        result = bind_data(&document->arena, json_object_get(root, fields[FIELD_DATA].name), param);
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
