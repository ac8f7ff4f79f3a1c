/* lane_counts.c: see lane_counts.h. */
#include "http/lane_counts.h"

#include "base/shared_lock.h"

#include <sys/mman.h>

struct lane_process {
    unsigned admitted;
    unsigned waiting;
    uint64_t oldest; /* ticket, or LANE_NO_TICKET */
    uint64_t rejected;
};

struct lane_counts {
    pthread_mutex_t lock;
    size_t size; /* of the mapping */
    unsigned limit;
    unsigned processes;
    uint64_t next_ticket;
    struct lane_process process[];
};

struct lane_counts *lane_counts_new(unsigned limit, unsigned processes)
{
    struct lane_counts *counts;
    size_t size = sizeof *counts + processes * sizeof counts->process[0];
    counts = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counts == MAP_FAILED)
        return NULL;
    counts->size = size;
    counts->limit = limit;
    counts->processes = processes;
    for (unsigned i = 0; i < processes; i++)
        counts->process[i].oldest = LANE_NO_TICKET;
    if (shared_lock_init(&counts->lock) == 0)
        return counts;
    munmap(counts, size);
    return NULL;
}

void lane_counts_free(struct lane_counts *counts)
{
    if (counts)
        munmap(counts, counts->size);
}

/* Every change is one store to the row of its process: the counts are consistent. */
void lane_counts_lock(struct lane_counts *counts)
{
    shared_lock_take(&counts->lock);
}

void lane_counts_unlock(struct lane_counts *counts)
{
    pthread_mutex_unlock(&counts->lock);
}

void lane_counts_wait(struct lane_counts *counts, pthread_cond_t *wake)
{
    shared_lock_wait(&counts->lock, wake);
}

bool lane_counts_admit(struct lane_counts *counts, unsigned process, uint64_t ticket)
{
    unsigned admitted = 0;
    for (unsigned i = 0; i < counts->processes; i++) {
        admitted += counts->process[i].admitted;
        if (counts->process[i].oldest < ticket)
            return false;
    }
    if (admitted >= counts->limit)
        return false;
    counts->process[process].admitted++;
    return true;
}

void lane_counts_end(struct lane_counts *counts, unsigned process)
{
    counts->process[process].admitted--;
}

uint64_t lane_counts_ticket(struct lane_counts *counts)
{
    return counts->next_ticket++;
}

void lane_counts_set_waiting(struct lane_counts *counts, unsigned process, unsigned waiting,
                             uint64_t oldest)
{
    counts->process[process].waiting = waiting;
    counts->process[process].oldest = oldest;
}

void lane_counts_reject(struct lane_counts *counts, unsigned process)
{
    counts->process[process].rejected++;
}

void lane_counts_forget(struct lane_counts *counts, unsigned process)
{
    if (!counts)
        return;
    lane_counts_lock(counts);
    counts->process[process].admitted = 0;
    lane_counts_set_waiting(counts, process, 0, LANE_NO_TICKET);
    lane_counts_unlock(counts);
}

struct stats_lane lane_counts_read(struct lane_counts *counts)
{
    struct stats_lane figures = {0};
    if (!counts)
        return figures;
    lane_counts_lock(counts);
    figures.limit = counts->limit;
    for (unsigned i = 0; i < counts->processes; i++) {
        figures.admitted += counts->process[i].admitted;
        figures.waiting += counts->process[i].waiting;
        figures.rejected += counts->process[i].rejected;
    }
    lane_counts_unlock(counts);
    return figures;
}
