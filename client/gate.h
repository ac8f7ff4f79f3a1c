/*
 * gate.h: who sends the next request of a class, and when.
 *
 * The threads of an open class share one count of planned requests. Only
 * GATE_ARMED of them hold the next planned requests and sleep until their
 * times; the others wait without a time and are woken only when none is left
 * to take the next one, that is, when the server keeps the rest waiting. So a
 * large pool costs nothing while it is not needed: one wake-up a request.
 */
#ifndef LOOPLAG_CLIENT_GATE_H
#define LOOPLAG_CLIENT_GATE_H

#include "schedule.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define GATE_ARMED 2

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t timer; /**< on CLOCK_MONOTONIC; broadcast by gate_stop */
    pthread_cond_t idle;
    struct schedule schedule; /**< only start and end matter for closed arrival */
    uint64_t next;
    unsigned armed;
    bool opened;
    bool stopped;
};

/** Makes a shut gate: threads may come and wait. Cannot fail on Linux. */
void gate_init(struct gate *gate);

/** To be called when no thread uses the gate any more. */
void gate_deinit(struct gate *gate);

/** Gives the threads their plan. Its start should lie a little ahead. */
void gate_open(struct gate *gate, const struct schedule *schedule);

/** Waits until the gate opens. Returns false when it was stopped instead. */
bool gate_await(struct gate *gate);

/**
 * Takes the next planned request into *index; the caller is then armed and
 * goes on to gate_pass. Waits while enough threads are armed. Returns false
 * when there is nothing left to send: the plan or the time is over.
 */
bool gate_take(struct gate *gate, uint64_t *index);

/** Sleeps an armed thread until `planned_ns`. Returns false when the gate was stopped. */
bool gate_pass(struct gate *gate, int64_t planned_ns);

/**
 * Sleeps a closed class's thread until `planned_ns`, then counts its request
 * into *index. Returns false when the time is over before, or the gate was
 * stopped.
 */
bool gate_pause(struct gate *gate, int64_t planned_ns, uint64_t *index);

/**
 * Wakes the threads that wait for a request after the plan's end; to be called
 * until they are gone, and only when nothing is in flight any more: hundreds
 * of threads that end at once would delay the last replies.
 */
void gate_finish(struct gate *gate);

/** Wakes and turns away everybody, now and later. */
void gate_stop(struct gate *gate);

#endif
