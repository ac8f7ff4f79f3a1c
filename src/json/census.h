/*
 * census.h: counts what a JSON text is made of before jansson sees it.
 *
 * From the counts follow a bound on the memory that its document can take,
 * which is compared with a limit and reserved, and the objects that are so
 * large that their hash tables are made with their final size. One pass over
 * the bytes, 64 at a time; it judges nothing: what is no JSON is counted as if
 * it were, which is never less than what jansson takes of it until it stops.
 */
#ifndef LOOPLAG_JSON_CENSUS_H
#define LOOPLAG_JSON_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CENSUS_TABLES = 16,          /**< large objects that are told one by one; later ones are not */
    CENSUS_TABLE_MIN = 16 << 10, /**< members that make an object large */
    CENSUS_DEPTH = 2048          /**< jansson's limit; what is deeper it refuses */
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
    size_t elements;     /**< of all arrays, and one too many for an empty one */
    size_t in_tables;    /**< members of the tables below */
    size_t strings;      /**< at least those that are values; of the last 64 bytes maybe fewer */
    size_t string_bytes; /**< between quotes, as they stand in the text */
    size_t longest;      /**< no string or number is longer, in bytes */
    struct census_table tables[CENSUS_TABLES]; /**< in the order they begin */
    size_t table_count;
};

/**
 * Counts a text. `seed` is secret: it chooses the keys of a large object that are looked at to
 * see whether nearly all differ. Only such an object is told as a table.
 */
void census_take(struct census *census, const char *bytes, size_t length, uint64_t seed);

/**
 * The most memory, in bytes, that a document of jansson's takes in an arena
 * (base/arena.h), with the typed parameter (bind.h), given the counts; tables
 * that are made with their final size included.
 */
size_t census_bound(const struct census *census);

#endif
