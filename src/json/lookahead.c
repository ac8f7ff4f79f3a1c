/* lookahead.c: see lookahead.h. */
#include "json/lookahead.h"

#include <stdbool.h>
#include <string.h>

/* jansson's buckets are pairs of pointers, and their number a power of two. */
enum { BUCKET_SIZE = 2 * sizeof(void *), TABLE_MIN = 64 << 10 };

/* A member: four list pointers, hash, value, length and the key with its NUL. */
enum { MEMBER_MIN = 7 * sizeof(void *) + 1, HASH_AT = 4 * sizeof(void *) };

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

static const char *bucket_of(const struct lookahead *lookahead, unsigned key)
{
    size_t mask = lookahead->table_size / BUCKET_SIZE - 1;
    return lookahead->table + (lookahead->hashes[key % LOOKAHEAD_KEYS] & mask) * BUCKET_SIZE;
}

/* Finds the next key in the text and hashes it; false at the end. */
static bool hash_next_key(struct lookahead *lookahead)
{
    const char *open = memchr(lookahead->at, '"', (size_t)(lookahead->end - lookahead->at));
    while (open) {
        const char *close = memchr(open + 1, '"', (size_t)(lookahead->end - open - 1));
        if (!close || close + 1 == lookahead->end)
            break;
        if (close[1] == ':') {
            lookahead->hashes[lookahead->ahead++ % LOOKAHEAD_KEYS] =
                lookahead_hash(open + 1, (size_t)(close - open - 1), lookahead->seed);
            lookahead->at = close + 1;
            return true;
        }
        open = close; /* no key: what ended this string may begin the next */
    }
    lookahead->at = lookahead->end;
    return false;
}

void lookahead_init(struct lookahead *lookahead, const char *text, size_t length, uint32_t seed)
{
    memset(lookahead, 0, sizeof *lookahead);
    lookahead->at = text;
    lookahead->end = text + length;
    lookahead->seed = seed;
    while (lookahead->ahead < LOOKAHEAD_KEYS && hash_next_key(lookahead))
        continue;
}

/* One more key: its bucket is fetched, and for one whose bucket has arrived, its first member. */
static void look_further(struct lookahead *lookahead)
{
    const char *member;
    if (!hash_next_key(lookahead) || !lookahead->table)
        return;
    __builtin_prefetch(bucket_of(lookahead, lookahead->ahead - 1), 1);
    memcpy(&member, bucket_of(lookahead, lookahead->ahead - LOOKAHEAD_KEYS / 2), sizeof(member));
    __builtin_prefetch(member);
    __builtin_prefetch(member + HASH_AT); /* on the next line for some */
}

void lookahead_allocated(struct lookahead *lookahead, const void *memory, size_t size)
{
    if (size < MEMBER_MIN)
        return;
    if (size >= TABLE_MIN && !(size & (size - 1))) {
        lookahead->table = memory;
        lookahead->table_size = size;
    } else {
        look_further(lookahead);
    }
}

void lookahead_released(struct lookahead *lookahead, const void *memory)
{
    if (memory == lookahead->table)
        lookahead->table = NULL;
}
