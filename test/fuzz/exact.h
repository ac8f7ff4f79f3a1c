/*
 * exact.h: pieces of a text, one after the other at the very end of one block of memory, behind
 * which there is none: a read past a piece ends the process. The address sanitizer sees one of a
 * piece that is no longer lent, too. (An allocation for each piece, of which some are a byte long,
 * takes far more time than to scan it.)
 */
#ifndef LOOPLAG_TEST_EXACT_H
#define LOOPLAG_TEST_EXACT_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

/** A block for pieces of up to `size` bytes. Zeroed, it has none; it is kept from text to text. */
struct exact {
    char *block;
    size_t size;
};

/** Makes room for pieces of up to `most` bytes. */
static inline void exact_reserve(struct exact *exact, size_t most)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t size = (most + page - 1) / page * page;
    if (size <= exact->size)
        return;
    if (exact->block) {
        ASAN_UNPOISON_MEMORY_REGION(exact->block, exact->size); /* others get it next */
        munmap(exact->block, exact->size + page);
    }
    exact->block =
        mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (exact->block == MAP_FAILED || mprotect(exact->block + size, page, PROT_NONE))
        abort();
    exact->size = size;
    ASAN_POISON_MEMORY_REGION(exact->block, size);
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
