/*
 * lookahead.h: tells which keys come next in a text.
 *
 * Much of the time of a 25 MB parse is cache misses in an object's table: each new member looks at
 * a random place. The text is known before jansson reads it, so a key some members ahead is hashed
 * here and the place of its insertion fetched (jansson_key_ahead.h). These are hints only: in a
 * text that is no plain list of members they name other keys, or none.
 */
#ifndef LOOPLAG_JSON_LOOKAHEAD_H
#define LOOPLAG_JSON_LOOKAHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Smaller texts gain nothing: their table stays in the cache. */
#define LOOKAHEAD_MIN ((size_t)1 << 20)

enum { LOOKAHEAD_KEYS = 16 };

struct lookahead {
    const char *at; /* where the next key is looked for */
    const char *end;
    uint32_t seed;
};

/** Starts LOOKAHEAD_KEYS keys behind the text's beginning; the text is borrowed. */
void lookahead_init(struct lookahead *lookahead, const char *text, size_t length, uint32_t seed);

/** Stores the hash of the next key; false at the text's end. Once for each member. */
bool lookahead_next(struct lookahead *lookahead, uint32_t *hash);

/** Bob Jenkins' lookup3 hashlittle (public domain), which jansson hashes keys with. */
uint32_t lookahead_hash(const char *key, size_t length, uint32_t seed);

#endif
