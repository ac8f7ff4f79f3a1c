/* samples.c: see samples.h. */
#include "send/samples.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

void samples_deinit(struct samples *samples)
{
    if (!samples)
        return;
    free(samples->rows);
    memset(samples, 0, sizeof *samples);
}

static int reserve(struct samples *samples, size_t count)
{
    if (count <= samples->capacity)
        return 0;
    size_t capacity = samples->capacity ? samples->capacity * 2 : 256;
    if (capacity < count)
        capacity = count;
    struct sample *rows = reallocarray(samples->rows, capacity, sizeof *rows);
    if (!rows)
        return -ENOMEM;
    samples->rows = rows;
    samples->capacity = capacity;
    return 0;
}

int samples_add(struct samples *samples, const struct sample *row)
{
    int r = reserve(samples, samples->count + 1);
    if (r == 0)
        samples->rows[samples->count++] = *row;
    return r;
}

int samples_merge(struct samples *into, const struct samples *from)
{
    if (from->count == 0)
        return 0;
    int r = reserve(into, into->count + from->count);
    if (r)
        return r;
    memcpy(into->rows + into->count, from->rows, from->count * sizeof *from->rows);
    into->count += from->count;
    return 0;
}
