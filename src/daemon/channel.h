/*
 * channel.h: the socket pair between the supervisor and a worker process: accepted
 * connections go down it, and the words to end.
 *
 * The supervisor keeps both ends: when the worker dies, the connections that
 * it had not taken from the channel yet can be given to another. When the
 * supervisor dies, the worker sees the end of the channel.
 */
#ifndef LOOPLAG_DAEMON_CHANNEL_H
#define LOOPLAG_DAEMON_CHANNEL_H

#include "daemon/acceptor.h"

struct channel {
    int supervisor; /**< -1: closed */
    int worker;     /**< -1: closed */
};

enum channel_word {
    CHANNEL_CONNECTION, /* an accepted connection comes with it */
    CHANNEL_DRAIN,      /* replies close their connections, idle ones are ended */
    CHANNEL_FINISH,     /* no more connections come: end when nothing is in flight */
    CHANNEL_RETIRE,     /* a successor serves: end when the connections have ended */
    CHANNEL_END,        /* the other end is closed: as CHANNEL_FINISH, and no successor serves */
};

/** Returns 0 or a negated errno. */
int channel_open(struct channel *channel);
void channel_close(struct channel *channel);

/**
 * Gives a connection, whose descriptor is closed here. Returns 0, ACCEPTOR_FULL (then
 * it stays the caller's) or negative.
 */
int channel_give(const struct channel *channel, const struct accepted *accepted);

/** Sends a word without a connection. Returns 0 or negative. */
int channel_say(const struct channel *channel, enum channel_word word);

/** Says that nothing comes any more: CHANNEL_END, for which there is always room. */
void channel_end(const struct channel *channel);

/**
 * Receives at the worker's end; `wait`: until something comes. Returns 0, or negative
 * (-EAGAIN: nothing is there). For CHANNEL_CONNECTION *accepted is filled
 * and its descriptor is the caller's.
 */
int channel_receive(const struct channel *channel, bool wait, enum channel_word *word,
                    struct accepted *accepted);

#endif
