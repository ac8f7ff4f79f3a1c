/*
 * loop.h: one libmicrohttpd daemon: the event loop (or, in modes that have
 * them, the threads) behind one listening socket, or behind none when
 * somebody else accepts and hands the connections over.
 */
#ifndef LOOPLAG_DAEMON_LOOP_H
#define LOOPLAG_DAEMON_LOOP_H

#include "daemon/listener.h"
#include "daemon/mode.h"
#include "http/callbacks.h"

#include <sys/socket.h>

struct loop {
    struct http_loop http;     /**< filled in before loop_start */
    struct listener *listener; /**< what it accepts from; NULL: it is given connections */
    struct MHD_Daemon *mhd;
};

/** How a loop runs. */
struct loop_options {
    unsigned mhd_flags; /**< the mode's */
    enum poll_kind poll;
    unsigned connections; /**< the most, where nobody gives it connections and keeps to a limit */
    unsigned threads;     /**< of libmicrohttpd's own pool; below 2: no pool */
    bool encrypted;       /**< connections are under TLS */
};

/** The connections that a process takes. */
struct loop_room {
    unsigned places; /**< so many are served */
    unsigned most; /**< so many are open: beyond the places they are for the operator's requests */
};

/** Room for `wanted` places, or for as many as this process has descriptors for. */
struct loop_room loop_room(enum poll_kind poll, unsigned wanted);

/** Fewer, when they are few: this many can be open without running out of descriptors. */
unsigned loop_sure_connections(enum poll_kind poll, unsigned wanted);

/**
 * Starts serving what comes to `listener`, which must stay open until loop_stop;
 * NULL: only what loop_give brings. Returns 0 or -ENOMEM (no memory, threads or
 * descriptors).
 */
int loop_start(struct loop *loop, const struct loop_options *options, struct listener *listener);

/**
 * Gives an accepted connection to a loop that was started without a listener.
 * `fd` is taken in every case. Returns 0 or negative.
 */
int loop_give(struct loop *loop, int fd, const struct sockaddr *peer, socklen_t length);

/**
 * Asks the loop, or thread `number` of libmicrohttpd's own pool, whether it goes round, and whether
 * it has all that it was given (http_question). Returns 0, or negative when it can't be asked now:
 * there are as many connections as it takes, or no descriptor is left.
 */
int loop_ask(struct loop *loop, unsigned number);

/**
 * From here on nobody is taken from the listener, and the loop no longer looks at it. Only then may
 * the listener refuse connections: a loop that polls a dead socket spins. Harmless without a
 * listener, and twice.
 */
void loop_refuse(struct loop *loop);

/** Stops the loop and cuts the requests that are in flight. Twice is fine. */
void loop_stop(struct loop *loop);

#endif
