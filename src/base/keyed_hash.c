/* keyed_hash.c: see keyed_hash.h. */
#include "base/keyed_hash.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

struct state {
    uint64_t v[4];
};

int hash_key_make(struct hash_key *key)
{
    return getrandom(key, sizeof *key, 0) == (ssize_t)sizeof *key ? 0 : -EIO;
}

static uint64_t rotated(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static void half_round(uint64_t *a, uint64_t *b, uint64_t *c, uint64_t *d, int first, int second)
{
    *a += *b;
    *c += *d;
    *b = rotated(*b, first) ^ *a;
    *d = rotated(*d, second) ^ *c;
    *a = rotated(*a, 32);
}

static void mix(struct state *state, int rounds)
{
    uint64_t *v = state->v;
    for (int i = 0; i < rounds; i++) {
        half_round(&v[0], &v[1], &v[2], &v[3], 13, 16);
        half_round(&v[2], &v[1], &v[0], &v[3], 17, 21);
    }
}

static void take(struct state *state, uint64_t word)
{
    state->v[3] ^= word;
    mix(state, 2);
    state->v[0] ^= word;
}

uint64_t keyed_hash(const struct hash_key *key, const void *bytes, size_t length)
{
    const uint64_t *k = key->words;
    struct state state = {{
        k[0] ^ UINT64_C(0x736f6d6570736575),
        k[1] ^ UINT64_C(0x646f72616e646f6d),
        k[0] ^ UINT64_C(0x6c7967656e657261),
        k[1] ^ UINT64_C(0x7465646279746573),
    }};
    const char *at = bytes;
    uint64_t word;
    for (size_t left = length; left >= sizeof word; left -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        take(&state, le64toh(word));
    }
    word = 0;
    memcpy(&word, at, length % sizeof word);
    take(&state, le64toh(word) | (uint64_t)length << 56);
    state.v[2] ^= 0xff;
    mix(&state, 4);
    return state.v[0] ^ state.v[1] ^ state.v[2] ^ state.v[3];
}

/* The compiler may not know what a word is, and so not end a comparison early. */
static uint64_t hidden(uint64_t word)
{
    __asm__("" : "+r"(word));
    return word;
}

bool bytes_are_same(const void *left, const void *right, size_t length)
{
    const unsigned char *a = left;
    const unsigned char *b = right;
    uint64_t different = 0;
    for (; length >= sizeof different; length -= sizeof different) {
        uint64_t words[2];
        memcpy(&words[0], a, sizeof different);
        memcpy(&words[1], b, sizeof different);
        different |= hidden(words[0] ^ words[1]);
        a += sizeof different;
        b += sizeof different;
    }
    while (length--)
        different |= hidden((uint64_t)(*a++ ^ *b++));
    return ((different | (0 - different)) >> 63) ^ 1;
}
