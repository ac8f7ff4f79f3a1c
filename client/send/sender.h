/*
 * sender.h: one thread of a class and all requests that it has in flight.
 *
 * Each turn of its loop waits for the next planned send or for sockets, and
 * after each event looks at the clock for one send: replies delay no send. Where
 * many sends are due at once (the thread was late) each takes the connection of
 * a reply that has come, and only when none has, another one. Nothing is shared
 * with other threads but the counts in its class and its crew, so neither are
 * connections.
 */
#ifndef LOOPLAG_CLIENT_SENDER_H
#define LOOPLAG_CLIENT_SENDER_H

#include "send/crew.h"
#include "send/pace.h"
#include "send/samples.h"
#include "send/sockets.h"
#include "send/stats.h"
#include "send/transfer.h"
#include "send/window.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** What the senders of a class have in common. */
struct sender_class {
    struct crew *crew;
    const struct load *load;
    int window;             /**< its number, for samples */
    int64_t counts_from_ns; /**< what was planned before is counted nowhere */
    struct transfer_config config;
    atomic_uint_fast64_t sent;
    atomic_uint_fast64_t done;
    atomic_uint_fast64_t failed;
    atomic_uint_fast64_t refused; /**< of those: no connection was to be had */
    atomic_uint_fast64_t led;     /**< sent, and planned before counts_from_ns */
};

struct sender {
    struct sender_class *class;
    unsigned number; /**< from 0 */
    struct pace pace;
    struct sockets sockets;
    struct transfer *made; /**< all handles */
    struct transfer *idle; /**< those that are free, the last used on top */
    struct class_stats stats;
    struct samples samples;
    struct timeline timeline;
    struct failures failures;
    pthread_t thread;
    bool started;
    int failure; /**< negative errno */
};

/** Makes its handles; `sender` is zeroed. Returns 0 or a negative errno (deinit it all the same).
 */
int sender_init(struct sender *sender, struct sender_class *class, unsigned number);

/**
 * Starts the thread, which keeps to the pace that was set and ends by itself, or when the crew
 * stops. Returns 0 or a negative errno.
 */
int sender_start(struct sender *sender);

/** Joins the thread and completes its stats. Returns 0 or a negative errno. */
int sender_join(struct sender *sender);

/** Frees everything. A zeroed one is accepted. */
void sender_deinit(struct sender *sender);

#endif
