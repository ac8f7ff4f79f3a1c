/* budget.c: see budget.h. */
#include "base/budget.h"

#include "base/shared_lock.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

struct budget_counts {
    pthread_mutex_t lock;
    size_t size; /* of the mapping */
    uint64_t limit;
    unsigned processes;
    uint64_t held[]; /* by each process */
};

struct budget_counts *budget_new(uint64_t limit, unsigned processes)
{
    struct budget_counts *counts;
    size_t size = sizeof *counts + processes * sizeof counts->held[0];
    counts = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counts == MAP_FAILED)
        return NULL;
    counts->size = size;
    counts->limit = limit;
    counts->processes = processes;
    if (shared_lock_init(&counts->lock) == 0)
        return counts;
    munmap(counts, size);
    return NULL;
}

void budget_free(struct budget_counts *counts)
{
    if (counts)
        munmap(counts, counts->size);
}

static uint64_t held_by_all(const struct budget_counts *counts)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < counts->processes; i++)
        sum += counts->held[i];
    return sum;
}

int budget_take(const struct budget *budget, uint64_t bytes, uint64_t beside)
{
    struct budget_counts *counts = budget->counts;
    if (!counts)
        return 0;
    if (bytes > counts->limit || beside > counts->limit - bytes)
        return BUDGET_NEVER;
    shared_lock_take(&counts->lock);
    const bool fits = held_by_all(counts) <= counts->limit - bytes;
    if (fits)
        counts->held[budget->process] += bytes;
    pthread_mutex_unlock(&counts->lock);
    return fits ? 0 : BUDGET_FULL;
}

void budget_give(const struct budget *budget, uint64_t bytes)
{
    struct budget_counts *counts = budget->counts;
    if (!counts || !bytes)
        return;
    shared_lock_take(&counts->lock);
    counts->held[budget->process] -= bytes;
    pthread_mutex_unlock(&counts->lock);
}

void budget_forget(struct budget_counts *counts, unsigned process)
{
    if (!counts)
        return;
    shared_lock_take(&counts->lock);
    counts->held[process] = 0;
    pthread_mutex_unlock(&counts->lock);
}

struct budget_levels budget_read(struct budget_counts *counts)
{
    struct budget_levels levels = {0};
    if (!counts)
        return levels;
    shared_lock_take(&counts->lock);
    levels = (struct budget_levels){.limit = counts->limit, .held = held_by_all(counts)};
    pthread_mutex_unlock(&counts->lock);
    return levels;
}
