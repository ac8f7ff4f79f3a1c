/*
 * reference_memory.h: where jansson is the reference, not what is tried, all that it takes for one
 * input is from one block, and is let go of in one step. The address sanitizer's own allocations
 * would take longer than what is tried.
 */
#ifndef LOOPLAG_TEST_REFERENCE_MEMORY_H
#define LOOPLAG_TEST_REFERENCE_MEMORY_H

#include "base/arena.h"

#include <jansson.h>

static struct arena reference_arena;
static size_t reference_asked; /* by jansson, for this input, as if nothing were used twice */

static void *reference_allocate(size_t size)
{
    const size_t step = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    reference_asked += step ? step : ARENA_ALIGN;
    return arena_alloc(&reference_arena, size);
}

static void reference_release(void *memory)
{
    arena_release(&reference_arena, memory);
}

/** Lets go of all documents of the input before this one. */
static inline void reference_memory_begin(void)
{
    static _Alignas(ARENA_ALIGN) char first[256 << 10];
    json_set_alloc_funcs(reference_allocate, reference_release);
    arena_deinit(&reference_arena);
    arena_init(&reference_arena, first, sizeof first);
    reference_asked = 0;
}

#endif
