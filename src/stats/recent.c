/* recent.c: see recent.h. */
#include "stats/recent.h"

enum { TIME_BITS = 32 };

static uint64_t cell_of(int64_t tick, uint64_t us)
{
    return (uint64_t)tick << TIME_BITS | us;
}

void recent_note(_Atomic uint64_t row[RECENT_CELLS], int64_t now_ns, int64_t ns)
{
    const int64_t tick = now_ns / RECENT_TICK_NS;
    const uint64_t us = (uint64_t)(ns / NS_PER_US);
    const uint64_t noted = cell_of(tick, us < UINT32_MAX ? us : UINT32_MAX);
    _Atomic uint64_t *cell = &row[tick % RECENT_CELLS];
    uint64_t now = atomic_load_explicit(cell, memory_order_relaxed);
    while (now < noted && !atomic_compare_exchange_weak_explicit(
                              cell, &now, noted, memory_order_relaxed, memory_order_relaxed)) {
    }
}

int64_t recent_longest(const _Atomic uint64_t row[RECENT_CELLS], int64_t tick)
{
    const uint64_t noted = atomic_load_explicit(&row[tick % RECENT_CELLS], memory_order_relaxed);
    if (noted >> TIME_BITS != cell_of(tick, 0) >> TIME_BITS)
        return 0;
    return (int64_t)(noted & UINT32_MAX) * NS_PER_US;
}
