/*
 * arena.h: memory of one piece of work, taken by moving a pointer and given
 * back in one step.
 *
 * jansson makes about three allocations per member; for a 25 MB body that is
 * four million, and freeing them one by one costs a sixth of the parse.
 * An arena belongs to one thread and one piece of work.
 */
#ifndef LOOPLAG_BASE_ARENA_H
#define LOOPLAG_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/** Every allocation is aligned to this: enough for pointers and doubles. */
#define ARENA_ALIGN 8

/** Allocations from this size on get a mapping of their own, freed at once. */
#define ARENA_LARGE ((size_t)256 << 10)

enum {
    ARENA_RECENT = 4,        /* a power of two */
    ARENA_SPARE_CLASSES = 16 /* freed sizes up to 15 * ARENA_ALIGN are used again */
};

struct arena_block;
struct arena_large;

struct arena {
    char *cursor;
    char *limit;
    unsigned recent_at;
    struct {
        void *memory;
        size_t class;
    } recent[ARENA_RECENT];           /* the last small allocations */
    void *spare[ARENA_SPARE_CLASSES]; /* a freed one of 0, 8, 16, ... bytes, or NULL */

    size_t next_block;          /* size of the next block to map */
    struct arena_block *blocks; /* newest first */
    struct arena_large *larges;
    char *reserve; /* mapped and untouched; NULL: none */
    size_t reserve_size;
    bool on_reserve; /* the system had no more: everything comes from the reserve now */
};

/**
 * Starts an empty arena that serves its first allocations from `first`
 * (borrowed, aligned to ARENA_ALIGN, may be NULL with first_size 0). Work that
 * fits into it makes no system allocation; what is released there is not used
 * again. Cannot fail.
 */
void arena_init(struct arena *arena, void *first, size_t first_size);

/**
 * Sets `size` bytes of address space aside, untouched. When the system has no more memory, the
 * arena goes on with these: all that it has given so far, and will give before the next call, must
 * fit. A later call with more takes the place of the one before. Returns 0 or -ENOMEM.
 */
int arena_reserve(struct arena *arena, size_t size);

/** Gives everything back at once. A zeroed arena is accepted; twice is fine. */
void arena_deinit(struct arena *arena);

/** arena_alloc where the fast path ends: a full block or a large size. */
void *arena_alloc_slow(struct arena *arena, size_t size);

/** arena_release where it was none of the last few. */
void arena_release_slow(struct arena *arena, void *memory);

/**
 * Returns uninitialised memory, or NULL when the system has none. Inline: it
 * is called three times per member of a document.
 */
static inline void *arena_alloc(struct arena *arena, size_t size)
{
    size_t class = (size + ARENA_ALIGN - 1) / ARENA_ALIGN + (size == 0);
    if (!arena->blocks && class <= (size_t)(arena->limit - arena->cursor) / ARENA_ALIGN) {
        char *first = arena->cursor;
        arena->cursor += class * ARENA_ALIGN;
        return first;
    }
    void *memory = class < ARENA_SPARE_CLASSES ? arena->spare[class] : NULL;
    if (memory) {
        arena->spare[class] = NULL;
    } else {
        if (size >= ARENA_LARGE || (size_t)(arena->limit - arena->cursor) < class * ARENA_ALIGN)
            return arena_alloc_slow(arena, size);
        memory = arena->cursor;
        arena->cursor += class * ARENA_ALIGN;
    }
    unsigned at = arena->recent_at++ % ARENA_RECENT;
    arena->recent[at].memory = memory;
    arena->recent[at].class = class;
    return memory;
}

/**
 * Says that `memory` (of this arena, or NULL) is no longer used. Large
 * allocations go back at once, one of the last few is used again, anything
 * else waits for arena_deinit.
 */
static inline void arena_release(struct arena *arena, void *memory)
{
    if (!arena->blocks && !arena->larges)
        return;
    for (size_t i = 0; i < ARENA_RECENT; i++) {
        if (arena->recent[i].memory != memory)
            continue;
        arena->recent[i].memory = NULL;
        if (memory && arena->recent[i].class < ARENA_SPARE_CLASSES)
            arena->spare[arena->recent[i].class] = memory;
        return;
    }
    arena_release_slow(arena, memory);
}

#endif
