/* affinity.c: see affinity.h. */
#include "analysis/affinity.h"

#include "analysis/stalls.h"
#include "base/error.h"
#include "measure/result.h"

#include <stdlib.h>
#include <string.h>

enum { WORKERS_MOST = 1024 };

/* The large requests beside a class, and what is needed to tell who waited. */
struct join {
    const struct trace_row **larges;
    size_t large_count;
    int64_t *beside; /* response times, ns */
    int64_t *others;
    size_t beside_count;
    size_t other_count;
    char workers[WORKERS_MOST][WORKER_NAME_SIZE];
    size_t worker_count;
};

static void join_free(struct join *join)
{
    if (!join)
        return;
    free(join->larges);
    free(join->beside);
    free(join->others);
    free(join);
}

static void note_worker(struct join *join, const char *worker)
{
    for (size_t i = 0; i < join->worker_count; i++) {
        if (strcmp(join->workers[i], worker) == 0)
            return;
    }
    if (join->worker_count < WORKERS_MOST)
        memcpy(join->workers[join->worker_count++], worker, WORKER_NAME_SIZE);
}

/* Whether all requests are there, and either all name a worker or none needs one. */
static bool is_complete(const struct cell *cell, bool named)
{
    bool good = cell->trace.count > 0 && cell->trace.seen == cell->trace.count;
    for (size_t i = 0; good && i < cell->trace.count; i++)
        good = !named || cell->trace.rows[i].worker[0];
    return good;
}

/* Collects the large requests of the cell's server. Returns 0, -ENOENT or -ENOMEM. */
static int collect(struct join *join, const struct result *result, const struct cell *cell,
                   bool named)
{
    size_t count = 0;
    const struct cell *large = NULL;
    while ((large = result_next_large(result, cell, large)) != NULL) {
        if (large->trace.count && !is_complete(large, named))
            return -ENOENT;
        count += large->trace.count;
    }
    if (count == 0)
        return -ENOENT;
    join->larges = calloc(count, sizeof(const struct trace_row *));
    join->beside = calloc(cell->trace.count, sizeof *join->beside);
    join->others = calloc(cell->trace.count, sizeof *join->others);
    if (!join->larges || !join->beside || !join->others)
        return -ENOMEM;
    while ((large = result_next_large(result, cell, large)) != NULL) {
        for (size_t row = 0; row < large->trace.count; row++)
            join->larges[join->large_count++] = &large->trace.rows[row];
    }
    return 0;
}

/* Whether a large request was in flight on the row's worker between its send and its reply. */
static bool shares(const struct join *join, const struct trace_row *row)
{
    for (size_t i = 0; i < join->large_count; i++) {
        const struct trace_row *large = join->larges[i];
        if (large->sent_ns < row->end_ns && large->end_ns > row->sent_ns &&
            strcmp(large->worker, row->worker) == 0)
            return true;
    }
    return false;
}

static int by_value(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static int64_t median_of(int64_t *values, size_t count)
{
    if (count == 0)
        return 0;
    qsort(values, count, sizeof *values, by_value);
    return values[(count - 1) / 2];
}

static void fill(struct join *join, const struct cell *cell, struct affinity *affinity)
{
    int64_t usual = stalls_usual(cell);
    for (size_t i = 0; i < join->large_count; i++)
        note_worker(join, join->larges[i]->worker);
    for (size_t i = 0; i < cell->trace.count; i++) {
        const struct trace_row *row = &cell->trace.rows[i];
        int64_t response = row->end_ns - row->planned_ns;
        note_worker(join, row->worker);
        if (!shares(join, row)) {
            join->others[join->other_count++] = response;
            continue;
        }
        join->beside[join->beside_count++] = response;
        affinity->stuck += stalls_is_slow(response, usual);
    }
    affinity->known = true;
    affinity->workers = join->worker_count;
    affinity->count = cell->trace.count;
    affinity->beside = join->beside_count;
    affinity->beside_p50_ns = median_of(join->beside, join->beside_count);
    affinity->others_p50_ns = median_of(join->others, join->other_count);
}

int affinity_find(const struct result *result, const struct cell *cell, struct affinity *affinity)
{
    memset(affinity, 0, sizeof *affinity);
    bool named = cell->trace.count > 0 && cell->trace.rows[0].worker[0];
    affinity->named = named;
    if (cell->heavy || !is_complete(cell, named) || (!named && cell->traits.one_loop != TRAIT_YES))
        return 0;
    struct join *join = calloc(1, sizeof *join);
    int r = join ? collect(join, result, cell, named) : -ENOMEM;
    if (r == 0)
        fill(join, cell, affinity);
    join_free(join);
    return r == -ENOENT ? 0 : r;
}
