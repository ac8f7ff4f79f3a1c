/*
 * exact.h: pieces of a text, one after the other at the very end of one block of memory, so that
 * the address sanitizer sees a read past a piece, and one of a piece that is no longer lent. (An
 * allocation for each piece, of which some are a byte long, takes far more time than to scan it.)
 */
#ifndef LOOPLAG_TEST_EXACT_H
#define LOOPLAG_TEST_EXACT_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define EXACT_TELLS
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define EXACT_TELLS
#endif
#ifdef EXACT_TELLS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

/** A block for pieces of up to `size` bytes. */
struct exact {
    char *block;
    size_t size;
};

static inline void exact_init(struct exact *exact, size_t most)
{
    exact->size = most ? most : 1;
    exact->block = malloc(exact->size);
    if (!exact->block)
        abort();
    ASAN_POISON_MEMORY_REGION(exact->block, exact->size);
}

static inline void exact_deinit(struct exact *exact)
{
    ASAN_UNPOISON_MEMORY_REGION(exact->block, exact->size);
    free(exact->block);
    exact->block = NULL;
}

/** Lends a copy of a piece, until exact_end. */
static inline char *exact_begin(struct exact *exact, const void *bytes, size_t length)
{
    char *piece = exact->block + exact->size - length;
    ASAN_UNPOISON_MEMORY_REGION(piece, length);
    if (length)
        memcpy(piece, bytes, length);
    return piece;
}

static inline void exact_end(struct exact *exact, size_t length)
{
    ASAN_POISON_MEMORY_REGION(exact->block + exact->size - length, length);
    (void)length;
}

#endif
