/*
 * lookahead.h: warms the cache ahead of jansson.
 *
 * Half of the time of a 25 MB parse is cache misses in jansson's hash table:
 * each new member looks at a random bucket and at the members in it. The text
 * is known before jansson reads it, so the keys of the next members are hashed
 * here first and the lines that their insertion will touch are prefetched.
 * These are hints only: they read the table (which lives in our own arena) and
 * change nothing. With another jansson, whose hash or table differ, they are
 * useless and harmless.
 */
#ifndef LOOPLAG_JSON_LOOKAHEAD_H
#define LOOPLAG_JSON_LOOKAHEAD_H

#include <stddef.h>
#include <stdint.h>

/** Smaller texts gain nothing: their table stays in the cache. */
#define LOOKAHEAD_MIN ((size_t)1 << 20)

enum { LOOKAHEAD_KEYS = 16 }; /* a power of two */

struct lookahead {
    const char *at; /* where the next key is looked for */
    const char *end;
    uint32_t seed;
    const char *table; /* the buckets, NULL: not known */
    size_t table_size;
    unsigned ahead;                  /* keys hashed so far */
    uint32_t hashes[LOOKAHEAD_KEYS]; /* of the last of them */
};

/** Starts at the text's beginning; the text is borrowed. */
void lookahead_init(struct lookahead *lookahead, const char *text, size_t length, uint32_t seed);

/**
 * Takes note of an allocation of jansson's: one of a table's size is the newest
 * table, one of a member's size moves the look ahead on by a key.
 */
void lookahead_allocated(struct lookahead *lookahead, const void *memory, size_t size);

/** Takes note of a release. */
void lookahead_released(struct lookahead *lookahead, const void *memory);

/** Bob Jenkins' lookup3 hashlittle (public domain), which jansson hashes keys with. */
uint32_t lookahead_hash(const char *key, size_t length, uint32_t seed);

#endif
