/*
 * census.c: see census.h. The method of finding strings and structure 64 bytes
 * at a time (masks, and an exclusive or of all quotes before a byte) is that of
 * Langdale and Lemire, "Parsing Gigabytes of JSON per Second" (2019).
 */
#include "json/census.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BLOCK = 64 };

/* Where in a block these bytes are: bit i is byte i. */
struct masks {
    uint64_t quote;
    uint64_t backslash;
    uint64_t comma;
    uint64_t colon;
    uint64_t open;  /* { or [ */
    uint64_t close; /* } or ] */
};

#if defined(__SSE2__) && !defined(SCAN_SCALAR)
static void find_masks(const char *block, struct masks *masks)
{
    *masks = (struct masks){0};
    for (int i = 0; i < BLOCK; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(block + i));
        /* { and [ differ in one bit only, and so do } and ]. */
        __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
#define PLACES(of, byte)                                                                           \
    ((uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(of, _mm_set1_epi8(byte))) << i)
        masks->quote |= PLACES(bytes, '"');
        masks->backslash |= PLACES(bytes, '\\');
        masks->comma |= PLACES(bytes, ',');
        masks->colon |= PLACES(bytes, ':');
        masks->open |= PLACES(folded, '{');
        masks->close |= PLACES(folded, '}');
#undef PLACES
    }
}
#else
static void find_masks(const char *block, struct masks *masks)
{
    *masks = (struct masks){0};
    for (int i = 0; i < BLOCK; i++) {
        uint64_t bit = UINT64_C(1) << i;
        char byte = block[i];
        masks->quote |= byte == '"' ? bit : 0;
        masks->backslash |= byte == '\\' ? bit : 0;
        masks->comma |= byte == ',' ? bit : 0;
        masks->colon |= byte == ':' ? bit : 0;
        masks->open |= (byte | 0x20) == '{' ? bit : 0;
        masks->close |= (byte | 0x20) == '}' ? bit : 0;
    }
}
#endif

/* A container that is open. */
struct level {
    size_t object; /* its number, or NOT_AN_OBJECT */
    size_t items;  /* members or commas so far */
    size_t begin;
};

#define NOT_AN_OBJECT SIZE_MAX

struct count {
    struct census *census;
    const char *bytes;
    size_t at;          /* of the block */
    size_t last_mark;   /* the last byte that ends a string or a number */
    uint64_t in_string; /* all ones while the block begins in one */
    bool escaped;       /* the block's first byte is */
    size_t depth;
    struct level levels[CENSUS_DEPTH + 2]; /* [0]: around everything; the last: what is too deep */
};

/* The bytes that a backslash escapes; the next block's first may be one. */
static uint64_t find_escaped(struct count *count, uint64_t backslash)
{
    uint64_t escaped = count->escaped;
    backslash &= ~escaped;
    count->escaped = false;
    while (backslash) {
        unsigned at = (unsigned)__builtin_ctzll(backslash);
        if (at == BLOCK - 1) {
            count->escaped = true;
            break;
        }
        escaped |= UINT64_C(2) << at;
        backslash &= ~(UINT64_C(3) << at);
    }
    return escaped;
}

/* Bit i: an odd number of bits up to i is set. */
static uint64_t running_parity(uint64_t bits)
{
    for (int shift = 1; shift < BLOCK; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

/* The builtin is a call where the machine that is compiled for need not have the instruction. */
static size_t bits_of(uint64_t mask)
{
    mask -= mask >> 1 & UINT64_C(0x5555555555555555);
    mask = (mask & UINT64_C(0x3333333333333333)) + (mask >> 2 & UINT64_C(0x3333333333333333));
    mask = (mask + (mask >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return mask * UINT64_C(0x0101010101010101) >> 56;
}

static struct level *level_at(struct count *count)
{
    return &count->levels[count->depth <= CENSUS_DEPTH ? count->depth : CENSUS_DEPTH + 1];
}

static void add_items(struct count *count, uint64_t commas, uint64_t colons)
{
    struct level *level = level_at(count);
    bool is_object = level->object != NOT_AN_OBJECT;
    size_t items = bits_of(is_object ? colons : commas);
    level->items += items;
    *(is_object ? &count->census->members : &count->census->elements) += items;
}

static void open_level(struct count *count, size_t at)
{
    struct census *census = count->census;
    bool is_object = count->bytes[at] == '{';
    size_t number = is_object ? census->objects++ : NOT_AN_OBJECT;
    if (!is_object) {
        census->arrays++;
        census->elements++;
    }
    if (++count->depth <= CENSUS_DEPTH)
        count->levels[count->depth] = (struct level){.object = number, .begin = at};
}

/* Keeps a large object, in the order in which objects begin. */
static void note_table(struct census *census, const struct level *level, size_t end)
{
    if (census->table_count == CENSUS_TABLES)
        return;
    size_t at = census->table_count++;
    for (; at > 0 && census->tables[at - 1].object > level->object; at--)
        census->tables[at] = census->tables[at - 1];
    census->tables[at] = (struct census_table){level->object, level->items, level->begin, end};
}

static void close_level(struct count *count, size_t at)
{
    const struct level *level = level_at(count);
    if (count->depth == 0)
        return;
    if (count->depth <= CENSUS_DEPTH && level->object != NOT_AN_OBJECT &&
        level->items >= CENSUS_TABLE_MIN)
        note_table(count->census, level, at);
    count->depth--;
}

/* Containers begin or end in this block: commas and colons belong to the one around them. */
static void count_levels(struct count *count, const struct masks *masks)
{
    uint64_t brackets = masks->open | masks->close;
    uint64_t commas = masks->comma;
    uint64_t colons = masks->colon;
    while (brackets) {
        uint64_t first = brackets & -brackets;
        uint64_t before = first - 1;
        size_t at = count->at + (size_t)__builtin_ctzll(first);
        add_items(count, commas & before, colons & before);
        commas &= ~before;
        colons &= ~before;
        if (masks->open & first)
            open_level(count, at);
        else
            close_level(count, at);
        brackets &= brackets - 1;
    }
    add_items(count, commas, colons);
}

/* A token lies between two marks, so the longest gap bounds the longest token. */
static void note_gaps(struct count *count, uint64_t marks)
{
    size_t first = count->at + (size_t)__builtin_ctzll(marks);
    size_t gap = first - count->last_mark;
    if (gap < BLOCK)
        gap = BLOCK; /* gaps within a block are not measured */
    if (gap > count->census->longest)
        count->census->longest = gap;
    count->last_mark = count->at + (BLOCK - 1) - (size_t)__builtin_clzll(marks);
}

static void count_block(struct count *count, const char *block)
{
    struct masks masks;
    find_masks(block, &masks);
    if (masks.backslash || count->escaped)
        masks.quote &= ~find_escaped(count, masks.backslash);
    uint64_t inside = running_parity(masks.quote) ^ count->in_string;
    count->in_string = (uint64_t)((int64_t)inside >> (BLOCK - 1));
    count->census->string_bytes += bits_of(inside);
    size_t ended = bits_of(masks.quote & ~inside);
    masks.comma &= ~inside;
    masks.colon &= ~inside;
    size_t keys = bits_of(masks.colon);
    count->census->strings += ended > keys ? ended - keys : 0;
    masks.open &= ~inside;
    masks.close &= ~inside;
    if (masks.open | masks.close)
        count_levels(count, &masks);
    else
        add_items(count, masks.comma, masks.colon);
    uint64_t marks = masks.quote | masks.comma | masks.colon | masks.open | masks.close;
    if (marks)
        note_gaps(count, marks);
}

/* A number that a key gives, the same for equal keys. FNV-1a with a secret beginning. */
static uint64_t hash_of(const char *key, size_t length, uint64_t seed)
{
    uint64_t hash = UINT64_C(14695981039346656037) ^ seed;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)key[i]) * UINT64_C(1099511628211);
    return hash ^ hash >> 29;
}

/* The hash of the first key after `at`, which `"` and `":` enclose; 0 where there is none. */
static uint64_t key_after(const char *at, const char *end, uint64_t seed)
{
    enum { TRIES = 4 }; /* `at` may be in a key, in a string value, or between */
    const char *open = memchr(at, '"', (size_t)(end - at));
    for (int i = 0; open && i < TRIES; i++) {
        const char *close = memchr(open + 1, '"', (size_t)(end - open - 1));
        if (!close || close + 1 >= end)
            return 0;
        if (close[1] == ':' && open[1] != ':')
            return hash_of(open + 1, (size_t)(close - open - 1), seed);
        open = close;
    }
    return 0;
}

/*
 * Whether nearly all keys of an object differ. If they do, n keys drawn at random from D members
 * hold n^2 / 2D equal pairs on average (the same key drawn twice); if keys repeat, they hold more.
 */
static bool keys_differ(const struct census_table *table, const char *bytes, uint64_t seed)
{
    enum { DRAWN = 8192, SLOTS = 2 * DRAWN };
    uint32_t *seen = calloc(SLOTS, sizeof *seen);
    uint64_t state = seed | 1;
    size_t span = table->end - table->begin;
    size_t drawn = 0;
    size_t equal = 0;
    for (size_t i = 0; seen && i < DRAWN; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        size_t place = (size_t)((double)(state >> 11) * 0x1p-53 * (double)span);
        uint64_t hash = key_after(bytes + table->begin + place, bytes + table->end, seed);
        if (!hash)
            continue;
        uint32_t mark = (uint32_t)(hash >> 32) | 1;
        size_t slot = (size_t)hash % SLOTS;
        for (; seen[slot] && seen[slot] != mark; slot = (slot + 1) % SLOTS)
            continue;
        equal += seen[slot] == mark;
        seen[slot] = mark;
        drawn++;
    }
    free(seen);
    double pairs = (double)drawn * (double)drawn / 2 / (double)table->members;
    return drawn > DRAWN / 2 && (double)equal < 1.4 * pairs + 6;
}

/* Forgets the large objects whose keys repeat: a table for that many would be too large. */
static void keep_tables(struct census *census, const char *bytes, uint64_t seed)
{
    size_t kept = 0;
    census->in_tables = 0;
    for (size_t i = 0; i < census->table_count; i++) {
        if (!keys_differ(&census->tables[i], bytes, seed))
            continue;
        census->in_tables += census->tables[i].members;
        census->tables[kept++] = census->tables[i];
    }
    census->table_count = kept;
}

int census_take(struct census *census, const char *bytes, size_t length, uint64_t seed)
{
    struct count *count = malloc(sizeof *count); /* much for a thread's stack */
    if (!count)
        return -ENOMEM;
    memset(census, 0, sizeof *census);
    count->census = census;
    count->bytes = bytes;
    count->last_mark = 0;
    count->in_string = 0;
    count->escaped = false;
    count->depth = 0;
    count->levels[0] = (struct level){.object = NOT_AN_OBJECT};
    count->levels[CENSUS_DEPTH + 1] = (struct level){.object = NOT_AN_OBJECT};
    for (count->at = 0; count->at + BLOCK <= length; count->at += BLOCK)
        count_block(count, bytes + count->at);
    char rest[BLOCK];
    memset(rest, ' ', sizeof rest);
    memcpy(rest, bytes + count->at, length - count->at);
    count_block(count, rest);
    size_t gap = length - count->last_mark;
    if (gap > census->longest)
        census->longest = gap;
    free(count);
    keep_tables(census, bytes, seed);
    return 0;
}

/* The buckets of a table that is made for so many members: 16 bytes each, a power of two. */
static size_t buckets_bytes(size_t members)
{
    size_t buckets = 8;
    while (buckets < members)
        buckets *= 2;
    return 16 * buckets;
}

/*
 * What jansson 2.14 and 2.15 allocate (value.c, hashtable.c, load.c), each rounded up to 8 bytes:
 * an object 72 and its first 8 buckets 128; an array 40 and its first 8 places 64; a member 56 and
 * its key, which has been a string of its own before; a value 24, as a string 32 and its text. What
 * grows does so twofold and leaves its former places behind, which are as much again: buckets up to
 * 4 x 16 bytes a member, places up to 4 x 8 an element, the lexer's text up to 4 x the longest
 * token. A mapping of its own is rounded up to a page, at most 1/60 of it. bind.c takes 16 a
 * member.
 */
size_t census_bound(const struct census *census)
{
    size_t growing = census->members - census->in_tables;
    size_t sum = 1024 + 200 * census->objects + 104 * census->arrays;
    sum += (64 + 8 + 16) * census->members + 64 * growing + 32 * census->elements;
    sum += 24 * (census->members + census->elements + 1) + 16 * (census->strings + BLOCK);
    sum += 2 * census->string_bytes + 4 * census->longest;
    for (size_t i = 0; i < census->table_count; i++)
        sum += buckets_bytes(census->tables[i].members) + 8192;
    return sum + sum / 60;
}
