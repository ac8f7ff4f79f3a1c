/*
 * turn.h: who comes first in a turn of a loop: the next slice of a large body, or others; and whose
 * slice it is.
 *
 * libmicrohttpd goes through the connections that have something to do in the order in which they
 * began to, so a body in the middle of its reading is always the first. A new connection takes a
 * turn to be accepted and another one to be read, and would wait for a slice in both. Slices wait
 * for these two turns instead, and never for more in a row: a loop to which somebody new comes in
 * each turn still reads its bodies.
 *
 * Of several large bodies a loop parses one at a time, for many slices, and the others are
 * suspended with their bytes unread: a turn of the loop has one slice, however many bodies there
 * are, and none of them loses what it has in the caches to the others after each slice. A body that
 * has nothing to parse, for a slow client, gives up its place to the next at once. Each thread
 * that runs a loop has a place of its own, so where a connection has a thread none ever waits.
 */
#ifndef LOOPLAG_HTTP_TURN_H
#define LOOPLAG_HTTP_TURN_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>

/** Pieces of a body are taken until they have kept the loop for so long. */
#define TURN_SLICE_NS 80000

/**
 * A body is parsed for so many slices while others wait: some 10 ms, which is long against the time
 * that it takes to fill the caches anew, and short to wait for.
 */
enum { TURN_SLICES = 128 };

/** A connection has come to the loop of this thread. */
void turn_note_newcomer(void);

/** Whether a slice on this thread waits for the next turn. Each asking counts. */
bool turn_is_newcomers(void);

/** One body among those of its loop. It stays where it is while it waits. */
struct turn {
    struct MHD_Connection *connection; /**< the caller's to fill in */
    const void *loop;                  /* of those that wait: which one they wait for */
    struct turn *next;
};

/** The bodies that wait, of all loops of a process. */
struct turns {
    pthread_mutex_t lock;
    struct turn *first;
    struct turn **last;
    bool stopping;
};

void turns_init(struct turns *turns);
void turns_deinit(struct turns *turns);

/**
 * Takes the place of this thread's loop, or keeps it. Returns false when another body has it: then
 * the connection is suspended until its turn has come, and its callback must return MHD_YES at
 * once.
 */
bool turn_take(struct turns *turns, struct turn *turn);

/**
 * A slice of a body was parsed. `goes_on`: libmicrohttpd surely calls again in its next turn. If it
 * may not, or others wait and the body has had its slices, it gives up the place.
 */
void turn_used(struct turns *turns, struct turn *turn, bool goes_on);

/** Gives up the place, if the body has it, to the one that has waited longest. */
void turn_leave(struct turns *turns, struct turn *turn);

/** Ends every wait; nobody waits from here on. Call it before the daemon stops. */
void turns_stop(struct turns *turns);

#endif
