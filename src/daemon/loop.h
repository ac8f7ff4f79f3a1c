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
    unsigned threads; /**< of libmicrohttpd's own pool; below 2: no pool */
};

/** The most connections of a loop: 4096, fewer where this process may open fewer files. */
unsigned loop_connection_limit(enum poll_kind poll);

/** The same, but where files are very few so low that descriptors can't run out. */
unsigned loop_sure_connection_limit(enum poll_kind poll);

/**
 * Starts serving what comes to `listener`, which loop_stop closes; NULL: only
 * what loop_give brings. Returns 0 or -ENOMEM (no memory, threads or
 * descriptors).
 */
int loop_start(struct loop *loop, const struct loop_options *options, struct listener *listener);

/**
 * Gives an accepted connection to a loop that was started without a listener.
 * `fd` is taken in every case. Returns 0 or negative.
 */
int loop_give(struct loop *loop, int fd, const struct sockaddr *peer, socklen_t length);

/** Stops the loop and cuts the requests that are in flight. Twice is fine. */
void loop_stop(struct loop *loop);

#endif
