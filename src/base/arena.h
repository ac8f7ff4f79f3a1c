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

#include <stddef.h>

/** Every allocation is aligned to this: enough for pointers and doubles. */
#define ARENA_ALIGN 8

/** Allocations from this size on get a mapping of their own, freed at once. */
#define ARENA_LARGE ((size_t)256 << 10)

enum { ARENA_RECENT = 4, ARENA_SPARE_CLASSES = 16 };

struct arena_block;
struct arena_large;

struct arena {
    char *cursor;
    char *limit;
    size_t next_block;          /* size of the next block to map */
    struct arena_block *blocks; /* newest first */
    struct arena_large *larges;
    unsigned recent_at;
    struct {
        void *memory;
        size_t size;
    } recent[ARENA_RECENT];           /* the last small allocations */
    void *spare[ARENA_SPARE_CLASSES]; /* freed ones of 8, 16, ... bytes */
};

/**
 * Starts an empty arena that serves its first allocations from `first`
 * (borrowed, aligned to ARENA_ALIGN, may be NULL with first_size 0): work that
 * fits makes no system allocation at all. Cannot fail.
 */
void arena_init(struct arena *arena, void *first, size_t first_size);

/** Gives everything back at once. A zeroed arena is accepted; twice is fine. */
void arena_deinit(struct arena *arena);

/** Returns uninitialised memory, or NULL when the system has none. */
void *arena_alloc(struct arena *arena, size_t size);

/**
 * Says that `memory` (of this arena, or NULL) is no longer used. Large
 * allocations go back at once, one of the last few is used again, anything
 * else waits for arena_deinit.
 */
void arena_release(struct arena *arena, void *memory);

#endif
