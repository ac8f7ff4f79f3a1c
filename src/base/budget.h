/*
 * budget.h: bytes that the requests in flight of all processes of a server may hold together.
 *
 * What a request will need is taken before it is used and given back when it was freed. The
 * counts are in memory that is shared with the processes forked after budget_new, a row for each.
 * When a process has died, the supervisor gives back what it held.
 */
#ifndef LOOPLAG_BASE_BUDGET_H
#define LOOPLAG_BASE_BUDGET_H

#include <stdint.h>

struct budget_counts;

/** The counts, and which of the processes takes from them. NULL counts: nothing is limited. */
struct budget {
    struct budget_counts *counts; /**< borrowed */
    unsigned process;
};

/** Positive results of budget_take. */
enum {
    BUDGET_FULL = 1, /* others hold too much now */
    BUDGET_NEVER,    /* it is more than the whole budget */
};

/** What is held, for those who ask. */
struct budget_levels {
    uint64_t limit;
    uint64_t held;
};

/** Counts of `processes` processes that may hold `limit` bytes in all. NULL: no memory. */
struct budget_counts *budget_new(uint64_t limit, unsigned processes);

/** Unmaps them in this process. NULL is accepted. */
void budget_free(struct budget_counts *counts);

/**
 * Takes `bytes` for a request that holds `beside` already. Returns 0, BUDGET_FULL or BUDGET_NEVER
 * (then nothing was taken).
 */
int budget_take(const struct budget *budget, uint64_t bytes, uint64_t beside);

/** Gives back what was taken. */
void budget_give(const struct budget *budget, uint64_t bytes);

/** Gives back all that a dead process held. NULL counts are accepted. */
void budget_forget(struct budget_counts *counts, unsigned process);

/** The sum over all processes. */
struct budget_levels budget_read(struct budget_counts *counts);

#endif
