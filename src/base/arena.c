/* arena.c: see arena.h. */
#include "base/arena.h"

#include "base/error.h"
#include "base/pages.h"

#include <stdint.h>
#include <string.h>

enum { FIRST_BLOCK = 64 << 10, LAST_BLOCK = 32 << 20 };

struct arena_block {
    struct arena_block *older;
    size_t size;
};

struct arena_large {
    struct arena_large *next;
    struct arena_large *previous;
    size_t size;
    size_t unused; /* keeps what follows aligned to 16 */
};

void arena_init(struct arena *arena, void *first, size_t first_size)
{
    memset(arena, 0, sizeof *arena);
    arena->cursor = first;
    arena->limit = first ? (char *)first + first_size : NULL;
    arena->next_block = FIRST_BLOCK;
}

int arena_reserve(struct arena *arena, size_t size)
{
    if (size <= arena->reserve_size)
        return 0;
    if (arena->on_reserve)
        return -ENOMEM; /* what was not set aside then is not there now */
    pages_unreserve(arena->reserve, arena->reserve_size);
    arena->reserve = pages_reserve(size);
    arena->reserve_size = arena->reserve ? size : 0;
    return arena->reserve ? 0 : -ENOMEM;
}

void arena_deinit(struct arena *arena)
{
    pages_unreserve(arena->reserve, arena->reserve_size);
    while (arena->larges)
        arena_release(arena, arena->larges + 1);
    while (arena->blocks) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->older;
        pages_unmap(block, block->size);
    }
    arena_init(arena, NULL, 0);
}

static void *alloc_large(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size += sizeof(struct arena_large);
    struct arena_large *large = pages_map(size);
    if (!large)
        return NULL;
    *large = (struct arena_large){.next = arena->larges, .size = size};
    if (large->next)
        large->next->previous = large;
    arena->larges = large;
    return large + 1;
}

static bool release_large(struct arena *arena, const void *memory)
{
    for (struct arena_large *large = arena->larges; large; large = large->next) {
        if (large + 1 != memory)
            continue;
        *(large->previous ? &large->previous->next : &arena->larges) = large->next;
        if (large->next)
            large->next->previous = large->previous;
        pages_unmap(large, large->size);
        return true;
    }
    return false;
}

static bool add_block(struct arena *arena)
{
    struct arena_block *block = pages_map(arena->next_block);
    if (!block)
        return false;
    *block = (struct arena_block){.older = arena->blocks, .size = arena->next_block};
    arena->blocks = block;
    arena->cursor = (char *)(block + 1);
    arena->limit = (char *)block + arena->next_block;
    if (arena->next_block < LAST_BLOCK)
        arena->next_block *= 4;
    if (arena->next_block > LAST_BLOCK)
        arena->next_block = LAST_BLOCK;
    return true;
}

/* The system has no more memory: from now on the reserve is the arena's only block. */
static void *alloc_reserved(struct arena *arena, size_t size)
{
    if (!arena->reserve)
        return NULL;
    if (!arena->on_reserve) {
        arena->on_reserve = true;
        arena->cursor = arena->reserve;
        arena->limit = arena->reserve + arena->reserve_size;
    }
    const size_t step = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (step < size || step > (size_t)(arena->limit - arena->cursor))
        return NULL;
    char *memory = arena->cursor;
    arena->cursor += step;
    return memory;
}

void *arena_alloc_slow(struct arena *arena, size_t size)
{
    if (arena->on_reserve)
        return alloc_reserved(arena, size);
    if (size >= ARENA_LARGE) {
        void *large = alloc_large(arena, size);
        return large ? large : alloc_reserved(arena, size);
    }
    /* Blocks grow: the first may be too small for a small allocation. */
    do {
        if (!add_block(arena))
            return alloc_reserved(arena, size);
    } while ((size_t)(arena->limit - arena->cursor) < size + ARENA_ALIGN);
    return arena_alloc(arena, size);
}

void arena_release_slow(struct arena *arena, void *memory)
{
    if (memory && ((uintptr_t)memory & 4095) == sizeof(struct arena_large))
        release_large(arena, memory);
}
