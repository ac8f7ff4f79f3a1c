/*
 * census.c: see census.h. The method of finding strings and structure 64 bytes
 * at a time (masks, and an exclusive or of all quotes before a byte) is that of
 * Langdale and Lemire, "Parsing Gigabytes of JSON per Second" (2019).
 */
#include "json/census.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BLOCK = CENSUS_BLOCK };

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

/* The bytes that a backslash escapes; the next block's first may be one. */
static uint64_t find_escaped(struct census *census, uint64_t backslash)
{
    uint64_t escaped = census->escaped;
    backslash &= ~escaped;
    census->escaped = false;
    while (backslash) {
        unsigned at = (unsigned)__builtin_ctzll(backslash);
        if (at == BLOCK - 1) {
            census->escaped = true;
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

/* Whether commas and colons belong to an object. Around everything, and too deep, there is none. */
static bool in_object(const struct census *census)
{
    return census->depth <= CENSUS_DEPTH &&
           (census->objects_open[census->depth / 64] >> census->depth % 64 & 1);
}

static void add_items(struct census *census, uint64_t commas, uint64_t colons)
{
    if (in_object(census))
        census->members += bits_of(colons);
    else
        census->elements += bits_of(commas);
}

static void open_level(struct census *census, bool is_object)
{
    *(is_object ? &census->objects : &census->arrays) += 1;
    census->elements += !is_object;
    if (++census->depth > CENSUS_DEPTH)
        return;
    const uint64_t bit = UINT64_C(1) << census->depth % 64;
    uint64_t *open = &census->objects_open[census->depth / 64];
    *open = is_object ? *open | bit : *open & ~bit;
    if (census->depth > census->deepest)
        census->deepest = census->depth;
}

/* Containers begin or end in this block: commas and colons belong to the one around them. */
static void count_levels(struct census *census, const struct masks *masks, const char *block)
{
    uint64_t brackets = masks->open | masks->close;
    uint64_t commas = masks->comma;
    uint64_t colons = masks->colon;
    while (brackets) {
        uint64_t first = brackets & -brackets;
        uint64_t before = first - 1;
        add_items(census, commas & before, colons & before);
        commas &= ~before;
        colons &= ~before;
        if (masks->open & first)
            open_level(census, block[__builtin_ctzll(first)] == '{');
        else if (census->depth)
            census->depth--;
        brackets &= brackets - 1;
    }
    add_items(census, commas, colons);
}

/* A token lies between two marks, so the longest gap bounds the longest token. */
static void note_gaps(struct census *census, uint64_t marks)
{
    size_t first = census->length + (size_t)__builtin_ctzll(marks);
    size_t gap = first - census->last_mark;
    if (gap < BLOCK)
        gap = BLOCK; /* gaps within a block are not measured */
    if (gap > census->longest)
        census->longest = gap;
    census->last_mark = census->length + (BLOCK - 1) - (size_t)__builtin_clzll(marks);
}

static void count_block(struct census *census, const char *block)
{
    struct masks masks;
    find_masks(block, &masks);
    if (masks.backslash || census->escaped)
        masks.quote &= ~find_escaped(census, masks.backslash);
    uint64_t inside = running_parity(masks.quote) ^ census->in_string;
    census->in_string = (uint64_t)((int64_t)inside >> (BLOCK - 1));
    census->string_bytes += bits_of(inside);
    size_t ended = bits_of(masks.quote & ~inside);
    masks.comma &= ~inside;
    masks.colon &= ~inside;
    size_t keys = bits_of(masks.colon);
    census->strings += ended > keys ? ended - keys : 0;
    masks.open &= ~inside;
    masks.close &= ~inside;
    if (masks.open | masks.close)
        count_levels(census, &masks, block);
    else
        add_items(census, masks.comma, masks.colon);
    uint64_t marks = masks.quote | masks.comma | masks.colon | masks.open | masks.close;
    if (marks)
        note_gaps(census, marks);
    census->length += BLOCK;
}

void census_init(struct census *census)
{
    memset(census, 0, sizeof *census);
}

void census_add(struct census *census, const char *bytes, size_t length)
{
    if (census->kept) {
        const size_t room = BLOCK - census->kept;
        const size_t taken = length < room ? length : room;
        memcpy(census->block + census->kept, bytes, taken);
        census->kept += (unsigned)taken;
        if (census->kept < BLOCK)
            return;
        census->kept = 0;
        count_block(census, census->block);
        bytes += taken;
        length -= taken;
    }
    for (; length >= BLOCK; bytes += BLOCK, length -= BLOCK)
        count_block(census, bytes);
    if (length)
        memcpy(census->block, bytes, length);
    census->kept = (unsigned)length;
}

struct census census_end(const struct census *census)
{
    struct census end = *census;
    const size_t length = end.length + end.kept;
    memset(end.block + end.kept, ' ', BLOCK - end.kept);
    end.kept = 0;
    count_block(&end, end.block);
    if (length - end.last_mark > end.longest && length > end.last_mark)
        end.longest = length - end.last_mark;
    return end;
}

/*
 * What jansson 2.14 and 2.15 allocate for objects (value.c, hashtable.c), each rounded up to 8
 * bytes: an object 72 and its first 8 buckets 128; a member 56, and its key, which has been a
 * string of its own before. Buckets grow twofold and leave their former places behind, which are as
 * much again: up to 4 x 16 bytes a member.
 *
 * With our own table (own_hashtable.c) an object takes 56, its first page 112, a member 32 and its
 * key. Pages grow twofold up to 2,048 slots of 12 bytes, and what is larger has several: just after
 * it has grown, a page is 7/16 full, 28 bytes a member, and as much again was left behind, but
 * only by the first page. The directory takes up to 2 a member.
 */
static size_t objects_bound(const struct census *census)
{
#ifdef CENSUS_OWN_TABLE
    const size_t with_page = census->objects < census->members ? census->objects : census->members;
    const size_t small = 56 * census->members;
    const size_t large = 31 * census->members + (24 << 10) * census->objects;
    return 56 * census->objects + 112 * with_page + (32 + 8 + 8) * census->members +
           (small < large ? small : large);
#else
    return 200 * census->objects + (64 + 8 + 64) * census->members;
#endif
}

/*
 * The others (load.c, value.c): an array takes 40 and its first 8 places 64; a value 24, as a
 * string 32 and its text. What grows does so twofold and leaves its former places behind, which are
 * as much again: places up to 4 x 8 an element, the lexer's text up to 4 x the longest token. A
 * mapping of its own is rounded up to a page, at most 1/60 of it. bind.c takes 16 a member.
 */
size_t census_bound(const struct census *census)
{
    size_t sum = 1024 + objects_bound(census) + 104 * census->arrays;
    sum += 16 * census->members + 32 * census->elements;
    sum += 24 * (census->members + census->elements + 1) + 16 * (census->strings + BLOCK);
    sum += 2 * census->string_bytes + 4 * census->longest;
    return sum + sum / 60;
}
