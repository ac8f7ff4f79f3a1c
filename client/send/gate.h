/*
 * gate.h: who sends the next request of a class, and when.
 *
 * The threads of an open class share one count of planned requests. Only
 * GATE_ARMED of them hold the next planned requests and sleep until their
 * times; the others are idle without a time and are called only when none is
 * left to take the next one, that is, when the server keeps the rest waiting.
 * The thread that went idle last is called first, so that those that a stall
 * once needed are not touched again: their memory stays as it was.
 *
 * The gate also knows how many threads are spare. Whoever makes threads waits
 * in gate_want until there are too few, and makes more before they are needed.
 */
#ifndef LOOPLAG_CLIENT_GATE_H
#define LOOPLAG_CLIENT_GATE_H

#include "send/schedule.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define GATE_ARMED 2

/** A thread's place among the idle ones; not moved while it is used. */
struct gate_seat {
    pthread_cond_t called;
    struct gate_seat *below;
    bool idle;
    bool arrived; /**< has come to the gate for the first time */
};

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t timer;     /**< on CLOCK_MONOTONIC; broadcast by gate_stop */
    pthread_cond_t wanted;    /**< for the maker of threads */
    struct schedule schedule; /**< only start and end matter for closed arrival */
    struct gate_seat *idle;   /**< the last to go idle, on top of those before it */
    unsigned idle_count;
    unsigned coming;  /**< being made, not arrived yet */
    unsigned reserve; /**< spare threads wanted: idle or coming */
    bool filling;     /**< the maker is at it until the reserve is full */
    uint64_t next;
    unsigned armed;
    bool opened;
    bool stopped;
    bool starved;            /**< the next request has no thread */
    uint64_t waits;          /**< requests that waited for a free thread */
    int64_t wait_longest_ns; /**< and the longest of these waits */
};

/** Makes a shut gate: threads may come and wait. Cannot fail on Linux. */
void gate_init(struct gate *gate, unsigned reserve);

/** To be called when no thread uses the gate any more. */
void gate_deinit(struct gate *gate);

/** Makes and ends a seat: one for each thread that calls gate_take. */
void gate_seat_init(struct gate_seat *seat);
void gate_seat_deinit(struct gate_seat *seat);

/** Gives the threads their plan. Its start should lie a little ahead. */
void gate_open(struct gate *gate, const struct schedule *schedule);

/** Waits until the gate opens. Returns false when it was stopped instead. */
bool gate_await(struct gate *gate);

/**
 * Takes the next planned request into *index; the caller is then armed and
 * goes on to gate_pass. Waits while enough threads are armed. Returns false
 * when there is nothing left to send: the plan or the time is over.
 */
bool gate_take(struct gate *gate, struct gate_seat *seat, uint64_t *index);

/** Sleeps an armed thread until `planned_ns`. Returns false when the gate was stopped. */
bool gate_pass(struct gate *gate, int64_t planned_ns);

/**
 * Sleeps a closed class's thread until `planned_ns`, then counts its request
 * into *index. Returns false when the time is over before, or the gate was
 * stopped.
 */
bool gate_pause(struct gate *gate, int64_t planned_ns, uint64_t *index);

/** Counts a thread that is about to be made; gate_take counts it off when it comes. */
void gate_expect(struct gate *gate);

/**
 * Waits until less than half of the reserve is spare, then lets the caller
 * make threads until it is full: each return of true is one, and it is
 * expected already. Returns false when no more will be needed.
 */
bool gate_want(struct gate *gate);

/**
 * Wakes the threads that wait for a request after the plan's end; to be called
 * until they are gone, and only when nothing is in flight any more: hundreds
 * of threads that end at once would delay the last replies.
 */
void gate_finish(struct gate *gate);

/** Wakes and turns away everybody, now and later. */
void gate_stop(struct gate *gate);

#endif
