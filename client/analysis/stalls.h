/*
 * stalls.h: the slow requests of a class, joined with the large requests
 * beside them. Cause is claimed only of a single event loop, where the
 * server's own times say when a large request held it; elsewhere the join
 * tells overlap.
 */
#ifndef LOOPLAG_CLIENT_STALLS_H
#define LOOPLAG_CLIENT_STALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cell;
struct result;
struct traffic_class;

/** The most stalls that are told one by one. */
enum { STALLS_TOP_MOST = 100 };

/** A request was slow when it took this much longer than the usual, and twice as long. */
#define STALLS_SLOW_NS INT64_C(1000000)

struct stall {
    uint64_t id; /**< of the slow request */
    int64_t response_ns;
    int64_t excess_ns;
    int64_t blamed_ns;
    const struct traffic_class *large; /**< NULL when no large one was beside it */
    uint64_t large_id;
    int64_t large_ns;      /**< the overlap with this one */
    int64_t large_hold_ns; /**< the server's own word, 0 when it told none */
};

struct stalls {
    bool known;  /**< large requests ran beside the class */
    bool causal; /**< one event loop that told its times */
    uint64_t slow;
    int64_t excess_ns; /**< of all slow ones */
    int64_t blamed_ns;
    double chance;     /**< the share of the windows' time in which large requests held the loop, or
                          were in flight: of the excess, chance alone would give them as much */
    struct stall *top; /**< the worst, by excess; owned */
    size_t top_count;
};

/** What the class's requests usually take, ns: without large ones if that was measured. */
int64_t stalls_usual(const struct cell *cell);

/** Whether a response time is slow beside the usual one, both in ns. */
bool stalls_is_slow(int64_t response_ns, int64_t usual_ns);

/** Finds the cell's stalls in the traces. Returns 0 or -ENOMEM; stalls_deinit may follow. */
int stalls_find(const struct result *result, const struct cell *cell, struct stalls *stalls);

/** Frees the list. Twice is fine. */
void stalls_deinit(struct stalls *stalls);

#endif
