/*
 * lookahead.h: feeds jansson a large text and warms the cache ahead of it.
 *
 * Half of the time of a 25 MB parse is cache misses in jansson's hash table:
 * each new member looks at a random bucket and at the members in it. The text
 * is known before jansson reads it, so the keys of the next kilobytes are
 * hashed here first and the lines that their insertion will touch are
 * prefetched. These are hints only: they read the table (which lives in our
 * own arena) and change nothing. With another jansson, whose hash or table
 * differ, they are useless and harmless.
 */
#ifndef LOOPLAG_JSON_LOOKAHEAD_H
#define LOOPLAG_JSON_LOOKAHEAD_H

#include <stddef.h>
#include <stdint.h>

/** Smaller texts gain nothing: their table stays in the cache. */
#define LOOKAHEAD_MIN ((size_t)1 << 20)

enum { LOOKAHEAD_KEYS = 256 };

struct lookahead {
    const char *text;
    size_t length;
    size_t given;   /* bytes that jansson has */
    size_t scanned; /* bytes whose keys were hashed */
    uint32_t seed;
    const char *table; /* the buckets, NULL: not known */
    size_t table_size;
    uint32_t hashes[LOOKAHEAD_KEYS]; /* keys whose buckets are on their way */
    size_t hash_count;
};

/** Starts at the text's beginning; the text is borrowed. */
void lookahead_init(struct lookahead *lookahead, const char *text, size_t length, uint32_t seed);

/** Takes note of an allocation: one of a table's size is the newest table. */
void lookahead_allocated(struct lookahead *lookahead, const void *memory, size_t size);

/** Takes note of a release. */
void lookahead_released(struct lookahead *lookahead, const void *memory);

/** A json_load_callback_t; cls is the struct lookahead. Returns the bytes given. */
size_t lookahead_read(void *buffer, size_t size, void *cls);

/** Bob Jenkins' lookup3 hashlittle (public domain), which jansson hashes keys with. */
uint32_t lookahead_hash(const char *key, size_t length, uint32_t seed);

#endif
