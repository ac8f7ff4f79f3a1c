/*
 * trace.h: the slowest requests of a class with their times, in fixed memory:
 * what is needed to say afterwards which large request delayed which small
 * ones. Shared by the threads of a class.
 */
#ifndef LOOPLAG_CLIENT_TRACE_H
#define LOOPLAG_CLIENT_TRACE_H

#include "send/outcome.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/** A request that was answered with success; times are monotonic ns. */
struct trace_row {
    uint64_t id;
    int64_t planned_ns;
    int64_t sent_ns;
    int64_t first_byte_ns;
    int64_t end_ns;
    struct server_timing timing;
    char worker[WORKER_NAME_SIZE];
};

/** The slowest rows as a heap whose root is the fastest of them. */
struct trace {
    pthread_mutex_t lock;
    struct trace_row *rows; /**< owned */
    size_t count;
    size_t capacity;
    uint64_t seen; /**< with those that were not kept */
};

/** Makes an empty trace for up to `capacity` rows. Returns 0 or -ENOMEM. */
int trace_init(struct trace *trace, size_t capacity);

/** Frees the rows. A zeroed trace is accepted; twice is fine. */
void trace_deinit(struct trace *trace);

/** Keeps the request if it is among the slowest, by response time. */
void trace_add(struct trace *trace, uint64_t id, int64_t planned_ns, const struct outcome *outcome);

/** Orders the rows by end; nothing may be added afterwards. */
void trace_sort(struct trace *trace);

#endif
