/*
 * turn.h: who comes first in a turn of a loop: the next slice of a large body, or others.
 *
 * libmicrohttpd goes through the connections that have something to do in the order in which they
 * began to, so a body in the middle of its reading is always the first. A new connection takes a
 * turn to be accepted and another one to be read, and would wait for a slice in both. Slices wait
 * for these two turns instead, and never for more in a row: a loop to which somebody new comes in
 * each turn still reads its bodies.
 */
#ifndef LOOPLAG_HTTP_TURN_H
#define LOOPLAG_HTTP_TURN_H

#include <stdbool.h>

/** Pieces of a body are taken until they have kept the loop for so long. */
#define TURN_SLICE_NS 80000

/** A connection has come to the loop of this thread. */
void turn_note_newcomer(void);

/** Whether a slice on this thread waits for the next turn. Each asking counts. */
bool turn_is_newcomers(void);

#endif
