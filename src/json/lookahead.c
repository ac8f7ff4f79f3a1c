/* lookahead.c: see lookahead.h. */
#include "json/lookahead.h"

#include <string.h>

/* jansson's buckets are pairs of pointers, and their number a power of two. */
enum { BUCKET_SIZE = 2 * sizeof(void *), TABLE_MIN = 64 << 10 };

void lookahead_init(struct lookahead *lookahead, const char *text, size_t length, uint32_t seed)
{
    memset(lookahead, 0, sizeof *lookahead);
    lookahead->text = text;
    lookahead->length = length;
    lookahead->seed = seed;
}

void lookahead_allocated(struct lookahead *lookahead, const void *memory, size_t size)
{
    if (size < TABLE_MIN || (size & (size - 1)))
        return;
    lookahead->table = memory;
    lookahead->table_size = size;
    lookahead->hash_count = 0;
}

void lookahead_released(struct lookahead *lookahead, const void *memory)
{
    if (memory == lookahead->table)
        lookahead->table = NULL;
}

static uint32_t rotate(uint32_t value, int bits)
{
    return (value << bits) | (value >> (32 - bits));
}

static void mix(uint32_t s[3])
{
    static const int turns[] = {4, 6, 8, 16, 19, 4};
    for (int i = 0; i < 6; i++) {
        uint32_t *a = &s[i % 3];
        uint32_t *b = &s[(i + 1) % 3];
        uint32_t *c = &s[(i + 2) % 3];
        *a -= *c;
        *a ^= rotate(*c, turns[i]);
        *c += *b;
    }
}

static void final_mix(uint32_t s[3])
{
    static const int turns[] = {14, 11, 25, 16, 4, 14, 24};
    for (int i = 0; i < 7; i++) {
        uint32_t *target = &s[(i + 2) % 3];
        const uint32_t *source = &s[(i + 1) % 3];
        *target ^= *source;
        *target -= rotate(*source, turns[i]);
    }
}

static void add_words(uint32_t s[3], const char *bytes, size_t length)
{
    uint32_t words[3] = {0, 0, 0};
    memcpy(words, bytes, length);
    for (int i = 0; i < 3; i++)
        s[i] += words[i];
}

uint32_t lookahead_hash(const char *key, size_t length, uint32_t seed)
{
    uint32_t first = UINT32_C(0xdeadbeef) + (uint32_t)length + seed;
    uint32_t state[3] = {first, first, first};
    if (length == 0)
        return first;
    for (; length > 12; key += 12, length -= 12) {
        add_words(state, key, 12);
        mix(state);
    }
    add_words(state, key, length);
    final_mix(state);
    return state[2];
}

static const char *bucket_of(const struct lookahead *lookahead, uint32_t hash)
{
    size_t mask = lookahead->table_size / BUCKET_SIZE - 1;
    return lookahead->table + (hash & mask) * BUCKET_SIZE;
}

/* The buckets have arrived: fetch the first member of each. */
static void fetch_members(struct lookahead *lookahead)
{
    for (size_t i = 0; i < lookahead->hash_count; i++) {
        const char *member;
        memcpy(&member, bucket_of(lookahead, lookahead->hashes[i]), sizeof(member));
        __builtin_prefetch(member);
        __builtin_prefetch(member + 40); /* its hash, on the next line for some */
    }
    lookahead->hash_count = 0;
}

/* Hashes the keys that begin before `end` and fetches their buckets. */
static void fetch_buckets(struct lookahead *lookahead, size_t end)
{
    const char *at = lookahead->text + lookahead->scanned;
    const char *text_end = lookahead->text + lookahead->length;
    while (at < lookahead->text + end && lookahead->hash_count < LOOKAHEAD_KEYS) {
        const char *open = memchr(at, '"', (size_t)(text_end - at));
        const char *close = open ? memchr(open + 1, '"', (size_t)(text_end - open - 1)) : NULL;
        if (!close)
            break;
        /* Not a key: perhaps we began inside a string, so take its end for a start. */
        at = close;
        if (close + 1 == text_end || close[1] != ':')
            continue;
        at = close + 1;
        uint32_t hash = lookahead_hash(open + 1, (size_t)(close - open - 1), lookahead->seed);
        lookahead->hashes[lookahead->hash_count++] = hash;
        __builtin_prefetch(bucket_of(lookahead, hash), 1);
    }
    lookahead->scanned = (size_t)(at - lookahead->text);
    if (lookahead->scanned < end)
        lookahead->scanned = end;
}

size_t lookahead_read(void *buffer, size_t size, void *cls)
{
    struct lookahead *lookahead = cls;
    size_t left = lookahead->length - lookahead->given;
    if (size > left)
        size = left;
    memcpy(buffer, lookahead->text + lookahead->given, size);
    lookahead->given += size;
    if (!lookahead->table)
        return size;
    fetch_members(lookahead);
    if (lookahead->scanned < lookahead->given + size)
        lookahead->scanned = lookahead->given + size;
    size_t end = lookahead->given + 2 * size;
    if (lookahead->scanned < lookahead->length)
        fetch_buckets(lookahead, end < lookahead->length ? end : lookahead->length);
    return size;
}
