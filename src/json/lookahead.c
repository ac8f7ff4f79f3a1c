/* lookahead.c: see lookahead.h. */
#include "json/lookahead.h"

#include <string.h>

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

/* The next key of the text, which `"` and `":` enclose; NULL at the end. */
static const char *next_key(struct lookahead *lookahead, size_t *length)
{
    const char *end = lookahead->end;
    const char *open = memchr(lookahead->at, '"', (size_t)(end - lookahead->at));
    while (open) {
        const char *close = memchr(open + 1, '"', (size_t)(end - open - 1));
        if (!close || close + 1 == end)
            break;
        if (close[1] == ':') {
            *length = (size_t)(close - open - 1);
            lookahead->at = close + 1;
            return open + 1;
        }
        open = close; /* no key: what ended this string may begin the next */
    }
    lookahead->at = end;
    return NULL;
}

void lookahead_init(struct lookahead *lookahead, const char *text, size_t length, uint32_t seed)
{
    *lookahead = (struct lookahead){text, text + length, seed};
    size_t skipped;
    for (int i = 0; i < LOOKAHEAD_KEYS && next_key(lookahead, &skipped); i++)
        continue;
}

bool lookahead_next(struct lookahead *lookahead, uint32_t *hash)
{
    size_t length;
    const char *key = next_key(lookahead, &length);
    if (key)
        *hash = lookahead_hash(key, length, lookahead->seed);
    return key;
}
