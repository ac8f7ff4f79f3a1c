/*
 * nearest.h: "did you mean": of some names, the one that a mistyped word was
 * most likely meant to be.
 */
#ifndef LOOPLAG_BASE_NEAREST_H
#define LOOPLAG_BASE_NEAREST_H

#include <stddef.h>

/** The search: set `word` and `length`, then try each name. */
struct nearest {
    const char *word;  /**< borrowed; ends at `length` */
    size_t length;     /**< its bytes */
    const char *found; /**< the best so far, borrowed from the caller; NULL: none is near */
    unsigned distance; /**< of `found` */
};

/**
 * Considers one name. It is near when the word is its beginning (an
 * abbreviation of two letters or more), or when a third of the word's letters or fewer are
 * wrong: added, left out, exchanged for another or with their neighbour.
 */
void nearest_try(struct nearest *nearest, const char *name);

#endif
