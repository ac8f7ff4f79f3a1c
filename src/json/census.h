/*
 * census.h: counts what a JSON text is made of before jansson sees it.
 *
 * The counts give a bound on the memory that its document can take, which is
 * compared with a limit and reserved. It is one pass over the bytes, 64 at a time, in
 * pieces of any size, and does not check the text. The bound holds for bad JSON, too (jansson
 * stops at the first error), and for each beginning of a text.
 */
#ifndef LOOPLAG_JSON_CENSUS_H
#define LOOPLAG_JSON_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CENSUS_MOST_PER_BYTE = 108, /**< the most memory that a byte of a text can take: `[` does */
    CENSUS_DEPTH = 2048,        /**< jansson refuses what is deeper */
    CENSUS_BLOCK = 64
};

struct census {
    size_t objects;
    size_t arrays;
    size_t members;      /**< of all objects */
    size_t elements;     /**< of all arrays; an empty one counts as one */
    size_t strings;      /**< at least those that are values, but for up to 64 */
    size_t string_bytes; /**< between quotes, as they stand in the text */
    size_t longest;      /**< no string or number is longer, in bytes */
    size_t deepest;      /**< containers that are open at a time, at the most */

    /* Between the pieces. */
    size_t length;      /* of whole blocks */
    size_t last_mark;   /* the last byte that ends a string or a number */
    uint64_t in_string; /* all ones while the next block begins in one */
    bool escaped;       /* its first byte is */
    size_t depth;
    uint64_t objects_open[CENSUS_DEPTH / 64 + 1]; /* bit n: the container at depth n is an object */
    unsigned kept;                                /* bytes of a block that is not whole yet */
    char block[CENSUS_BLOCK];
};

/** Starts a count. */
void census_init(struct census *census);

/** Counts the next bytes. Those that make no whole block yet are counted later, or by census_end.
 */
void census_add(struct census *census, const char *bytes, size_t length);

/** The counts of all bytes so far, as if the text ended here. `census` may go on. */
struct census census_end(const struct census *census);

/**
 * The most memory, in bytes, that jansson's document takes in an arena (base/arena.h), together
 * with the typed parameter (bind.h). Of what was counted: it only grows while a text goes on.
 */
size_t census_bound(const struct census *census);

#endif
