/* arena.c: see arena.h. */
#include "base/arena.h"

#include "base/pages.h"

#include <stdbool.h>
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

void arena_deinit(struct arena *arena)
{
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

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size >= ARENA_LARGE)
        return alloc_large(arena, size);
    size = size ? (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN : ARENA_ALIGN;

    size_t class = size / ARENA_ALIGN;
    void *memory = class < ARENA_SPARE_CLASSES ? arena->spare[class] : NULL;
    if (memory) {
        arena->spare[class] = NULL;
    } else {
        /* The first block must hold any small allocation: grow until it does. */
        while ((size_t)(arena->limit - arena->cursor) < size) {
            if (!add_block(arena))
                return NULL;
        }
        memory = arena->cursor;
        arena->cursor += size;
    }
    arena->recent[arena->recent_at].memory = memory;
    arena->recent[arena->recent_at].size = size;
    arena->recent_at = (arena->recent_at + 1) % ARENA_RECENT;
    return memory;
}

void arena_release(struct arena *arena, void *memory)
{
    if (!memory)
        return;
    for (size_t i = 0; i < ARENA_RECENT; i++) {
        if (arena->recent[i].memory != memory)
            continue;
        size_t class = arena->recent[i].size / ARENA_ALIGN;
        arena->recent[i].memory = NULL;
        if (class < ARENA_SPARE_CLASSES)
            arena->spare[class] = memory;
        return;
    }
    if (((uintptr_t)memory & 4095) == sizeof(struct arena_large))
        release_large(arena, memory);
}
