/*
 * lingering.h: connections that end while their client may still be sending.
 *
 * A socket that is closed with unread bytes, or receives some later, is reset,
 * and a reset takes away what the client has not read yet: the very reply that
 * refuses its body. So the writing side is shut down, what comes is read and
 * thrown away, and the socket is closed when the client has ended, after 5 s of
 * silence or after 30 s in all (RFC 9112, section 9.6).
 *
 * A duplicate of the descriptor outlives libmicrohttpd's own close. One thread
 * of the process, started with the first such connection, waits for them all.
 * There are at most so many; one more closes the oldest.
 */
#ifndef LOOPLAG_HTTP_LINGERING_H
#define LOOPLAG_HTTP_LINGERING_H

#include "base/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/** A client that was silent for so long lingers no longer. */
#define LINGERING_SILENCE_NS (5 * NS_PER_S)

struct lingerer;

struct lingering {
    pthread_mutex_t lock;    /* guards all that follows */
    struct lingerer *places; /* NULL: nobody has lingered yet */
    unsigned most;
    atomic_uint count;
    int epoll;
    int wake; /* an eventfd: look at your orders */
    pthread_t thread;
    bool hurries;
    bool stopping;
};

/** Nobody lingers, and no thread runs. Cannot fail. */
void lingering_init(struct lingering *lingering);

/**
 * Lets a connection linger whose socket, `fd`, the caller will close. Where that can't
 * be (no descriptor, memory or thread left, or the process stops) it is closed like any other.
 */
void lingering_take(struct lingering *lingering, int fd);

/** How many linger. */
unsigned lingering_count(const struct lingering *lingering);

/** From now on a second of silence is enough: the process wants to end. */
void lingering_hurry(struct lingering *lingering);

/** Closes those who lingering, and ends the thread. None is taken from here on. Twice is fine. */
void lingering_stop(struct lingering *lingering);

/** After lingering_stop. */
void lingering_deinit(struct lingering *lingering);

#endif
