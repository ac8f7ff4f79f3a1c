/* trace.c: see trace.h. */
#include "send/trace.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

int trace_init(struct trace *trace, size_t capacity)
{
    memset(trace, 0, sizeof *trace);
    trace->rows = calloc(capacity, sizeof *trace->rows);
    if (!trace->rows)
        return -ENOMEM;
    trace->capacity = capacity;
    pthread_mutex_init(&trace->lock, NULL);
    return 0;
}

void trace_deinit(struct trace *trace)
{
    if (!trace || !trace->rows)
        return;
    pthread_mutex_destroy(&trace->lock);
    free(trace->rows);
    memset(trace, 0, sizeof *trace);
}

static int64_t slowness(const struct trace_row *row)
{
    return row->end_ns - row->planned_ns;
}

static void swap(struct trace_row *a, struct trace_row *b)
{
    struct trace_row kept = *a;
    *a = *b;
    *b = kept;
}

static void sift_up(struct trace *trace, size_t at)
{
    while (at > 0 && slowness(&trace->rows[at]) < slowness(&trace->rows[(at - 1) / 2])) {
        swap(&trace->rows[at], &trace->rows[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct trace *trace)
{
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= trace->count)
            return;
        if (child + 1 < trace->count &&
            slowness(&trace->rows[child + 1]) < slowness(&trace->rows[child]))
            child++;
        if (slowness(&trace->rows[at]) <= slowness(&trace->rows[child]))
            return;
        swap(&trace->rows[at], &trace->rows[child]);
        at = child;
    }
}

void trace_add(struct trace *trace, uint64_t id, int64_t planned_ns, const struct outcome *outcome)
{
    struct trace_row row = {
        .id = id,
        .planned_ns = planned_ns,
        .sent_ns = outcome->sent_ns,
        .first_byte_ns = outcome->first_byte_ns,
        .end_ns = outcome->end_ns,
        .timing = outcome->timing,
    };
    memcpy(row.worker, outcome->worker, sizeof row.worker);
    pthread_mutex_lock(&trace->lock);
    trace->seen++;
    if (trace->count < trace->capacity) {
        trace->rows[trace->count] = row;
        sift_up(trace, trace->count++);
    } else if (slowness(&row) > slowness(&trace->rows[0])) {
        trace->rows[0] = row;
        sift_down(trace);
    }
    pthread_mutex_unlock(&trace->lock);
}

static int by_end(const void *left, const void *right)
{
    int64_t a = ((const struct trace_row *)left)->end_ns;
    int64_t b = ((const struct trace_row *)right)->end_ns;
    return (a > b) - (a < b);
}

void trace_sort(struct trace *trace)
{
    if (trace->count)
        qsort(trace->rows, trace->count, sizeof *trace->rows, by_end);
}
