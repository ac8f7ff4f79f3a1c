/* stalls.c: see stalls.h. */
#include "analysis/stalls.h"

#include "analysis/blame.h"
#include "base/error.h"
#include "measure/result.h"

#include <stdlib.h>
#include <string.h>

#define USUAL_PERCENT 10.0 /* without a baseline: few stalls reach down to it */

/* One large request and whose it is. */
struct large {
    struct trace_row row;
    const struct traffic_class *class;
};

/* The large requests of one server, in the order of their ends. */
struct larges {
    struct blame_hold *holds;
    struct large *requests;
    size_t count;
    bool causal;
};

static void larges_deinit(struct larges *larges)
{
    free(larges->holds);
    free(larges->requests);
}

/*
 * On one loop the reply leaves when the hold ends. Elsewhere, or when the
 * server told nothing, the request is in flight from its send to its reply.
 */
static struct blame_hold hold_of(const struct trace_row *row, bool causal)
{
    struct blame_hold hold = {.start_ns = row->sent_ns, .end_ns = row->first_byte_ns};
    if (causal)
        hold.start_ns = row->first_byte_ns - row->timing.hold_ns;
    return hold;
}

static int by_reply(const void *left, const void *right)
{
    int64_t a = ((const struct large *)left)->row.first_byte_ns;
    int64_t b = ((const struct large *)right)->row.first_byte_ns;
    return (a > b) - (a < b);
}

static void larges_fill(struct larges *larges, const struct result *result, const struct cell *cell)
{
    larges->causal = cell->traits.one_loop == TRAIT_YES;
    const struct cell *other = NULL;
    while ((other = result_next_large(result, cell, other)) != NULL) {
        for (size_t row = 0; row < other->trace.count; row++) {
            larges->requests[larges->count++] =
                (struct large){other->trace.rows[row], other->class};
            larges->causal = larges->causal && other->trace.rows[row].timing.hold_ns > 0;
        }
    }
    if (larges->count)
        qsort(larges->requests, larges->count, sizeof *larges->requests, by_reply);
    for (size_t i = 0; i < larges->count; i++)
        larges->holds[i] = hold_of(&larges->requests[i].row, larges->causal);
}

static int larges_init(struct larges *larges, const struct result *result, const struct cell *cell)
{
    size_t count = 0;
    const struct cell *other = NULL;
    while ((other = result_next_large(result, cell, other)) != NULL)
        count += other->trace.count;
    larges->holds = calloc(count + 1, sizeof *larges->holds);
    larges->requests = calloc(count + 1, sizeof *larges->requests);
    if (!larges->holds || !larges->requests)
        return -ENOMEM;
    larges_fill(larges, result, cell);
    return 0;
}

static int by_excess(const void *left, const void *right)
{
    int64_t a = ((const struct stall *)left)->excess_ns;
    int64_t b = ((const struct stall *)right)->excess_ns;
    return (a < b) - (a > b);
}

int64_t stalls_usual(const struct cell *cell)
{
    if (cell->baseline.ok)
        return histogram_percentile(&cell->baseline.response, 50);
    return histogram_percentile(&cell->stats.response, USUAL_PERCENT);
}

bool stalls_is_slow(int64_t response_ns, int64_t usual_ns)
{
    int64_t excess = response_ns - usual_ns;
    return excess >= usual_ns && excess >= STALLS_SLOW_NS;
}

static struct stall stall_of(const struct trace_row *row, int64_t excess_ns,
                             const struct larges *larges)
{
    const struct blame_wait wait = {row->planned_ns, row->end_ns, excess_ns};
    struct blame blame = blame_assign(&wait, larges->holds, larges->count);
    struct stall stall = {
        .id = row->id,
        .response_ns = row->end_ns - row->planned_ns,
        .excess_ns = excess_ns,
        .blamed_ns = blame.blamed_ns,
    };
    if (blame.worst < larges->count) {
        stall.large = larges->requests[blame.worst].class;
        stall.large_id = larges->requests[blame.worst].row.id;
        stall.large_ns = blame.worst_ns;
        stall.large_hold_ns = larges->requests[blame.worst].row.timing.hold_ns;
    }
    return stall;
}

/* The share of the windows in which large requests were in the way: a wait as long as the window
 * would be blamed on them for so long. */
static double chance_of(const struct cell *cell, const struct larges *larges)
{
    int64_t covered = 0;
    int64_t all = 0;
    for (size_t i = 0; i < cell->window_count; i++) {
        const struct cell_window *window = &cell->windows[i];
        if (window->alone)
            continue;
        int64_t length = window->end_ns - window->start_ns;
        const struct blame_wait whole = {window->start_ns, window->end_ns, length};
        covered += blame_assign(&whole, larges->holds, larges->count).blamed_ns;
        all += length;
    }
    return all > 0 ? (double)covered / (double)all : 0;
}

static void find(const struct cell *cell, const struct larges *larges, struct stalls *stalls)
{
    int64_t usual = stalls_usual(cell);
    stalls->known = larges->count > 0;
    stalls->causal = larges->causal;
    stalls->chance = chance_of(cell, larges);
    for (size_t i = 0; stalls->known && i < cell->trace.count; i++) {
        const struct trace_row *row = &cell->trace.rows[i];
        int64_t excess = row->end_ns - row->planned_ns - usual;
        if (!stalls_is_slow(row->end_ns - row->planned_ns, usual))
            continue;
        struct stall stall = stall_of(row, excess, larges);
        stalls->excess_ns += excess;
        stalls->blamed_ns += stall.blamed_ns;
        stalls->top[stalls->slow++] = stall;
    }
    qsort(stalls->top, stalls->slow, sizeof *stalls->top, by_excess);
    stalls->top_count = stalls->slow < STALLS_TOP_MOST ? stalls->slow : STALLS_TOP_MOST;
}

int stalls_find(const struct result *result, const struct cell *cell, struct stalls *stalls)
{
    struct larges larges = {0};
    memset(stalls, 0, sizeof *stalls);
    if (cell->heavy || cell->trace.count == 0)
        return 0;
    stalls->top = calloc(cell->trace.count, sizeof *stalls->top);
    int r = stalls->top ? larges_init(&larges, result, cell) : -ENOMEM;
    if (r == 0)
        find(cell, &larges, stalls);
    larges_deinit(&larges);
    return r;
}

void stalls_deinit(struct stalls *stalls)
{
    free(stalls->top);
    memset(stalls, 0, sizeof *stalls);
}
