/*
 * stages.h: requests of a class, sent one after the other, and what the server told of each in
 * Server-Timing.
 */
#ifndef LOOPLAG_CLIENT_STAGES_H
#define LOOPLAG_CLIENT_STAGES_H

#include "measure/workload.h"
#include "send/failure.h"
#include "send/server_timing.h"
#include "send/target.h"

#include <stdbool.h>
#include <stddef.h>

enum { STAGES_MOST = 64 };

/** A metric, as it was first told. */
struct stage {
    char name[TIMING_NAME_SIZE];
    char desc[TIMING_NAME_SIZE];
    double *ms; /**< of each request, owned; negative: not told */
};

struct stages {
    const struct traffic_class *class; /**< borrowed */
    size_t most;                       /**< requests that are asked for */
    size_t good;                       /**< of those sent: good replies, the only ones that count */
    size_t sent;
    struct failure failure;  /**< the first of the others */
    double *service_ms;      /**< of each good one: from its send to the reply's last byte; owned */
    struct stage connecting; /**< to the server, with TLS: each request has a new connection */
    struct stage rows[STAGES_MOST];
    size_t count;
    bool no_room; /**< there were more metrics, or there was no memory for one */
};

/** Room for so many requests of a class. Returns 0 or -ENOMEM; stages_deinit must follow. */
int stages_init(struct stages *stages, const struct traffic_class *class, size_t requests);

/** Twice is fine. */
void stages_deinit(struct stages *stages);

/**
 * Sends the requests of class number `index` of a workload. Returns 0, RUNNER_INTERRUPTED or a
 * negative errno.
 */
int stages_measure(struct stages *stages, const struct workload *workload, size_t index,
                   const struct target *target);

/**
 * For tests: the metrics of one line of a reply's head; they belong to the request `at`. A line
 * that begins a head forgets what an earlier one, such as that of 103 Early Hints, has told.
 */
void stages_take_line(struct stages *stages, size_t at, const char *line, size_t length);

#endif
