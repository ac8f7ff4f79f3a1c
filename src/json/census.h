/*
 * census.h: counts what a JSON text is made of before jansson sees it.
 *
 * The counts give a bound on the memory that its document can take, which is
 * compared with a limit and reserved, and name the objects that are so large
 * that their hash tables are made with their final size. It is one pass over
 * the bytes, 64 at a time, and does not check the text. The bound holds for
 * bad JSON, too: jansson stops at the first error.
 */
#ifndef LOOPLAG_JSON_CENSUS_H
#define LOOPLAG_JSON_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CENSUS_MOST_PER_BYTE = 108,  /**< the most memory that a byte of a text can take: `[` does */
    CENSUS_TABLES = 16,          /**< large objects that are listed; later ones are not */
    CENSUS_TABLE_MIN = 16 << 10, /**< members that make an object large */
    CENSUS_DEPTH = 2048          /**< jansson refuses what is deeper */
};

/** One large object. */
struct census_table {
    size_t object;  /**< which of the text's objects it is, from 0, in the order they begin */
    size_t members; /**< at least CENSUS_TABLE_MIN */
    size_t begin;   /**< where in the text it begins, in bytes */
    size_t end;     /**< and ends */
};

struct census {
    size_t objects;
    size_t arrays;
    size_t members;      /**< of all objects */
    size_t elements;     /**< of all arrays; an empty one counts as one */
    size_t in_tables;    /**< members of the tables below */
    size_t strings;      /**< at least those that are values, but for up to 64 */
    size_t string_bytes; /**< between quotes, as they stand in the text */
    size_t longest;      /**< no string or number is longer, in bytes */
    struct census_table tables[CENSUS_TABLES]; /**< in the order they begin */
    size_t table_count;
};

/**
 * Counts a text. A large object is listed as a table only if nearly all its keys differ, which a
 * sample of them tells; `seed` is secret and chooses the sample. Returns 0 or -ENOMEM.
 */
int census_take(struct census *census, const char *bytes, size_t length, uint64_t seed);

/**
 * The most memory, in bytes, that jansson's document takes in an arena (base/arena.h), together
 * with the typed parameter (bind.h).
 */
size_t census_bound(const struct census *census);

#endif
