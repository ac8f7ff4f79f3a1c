/*
 * engine.h: how a server's connections are taken and by whom they are served:
 * what differs between modes behind the table of modes.
 */
#ifndef LOOPLAG_DAEMON_ENGINE_H
#define LOOPLAG_DAEMON_ENGINE_H

#include <stdbool.h>

struct daemon;

struct engine {
    bool loop_each;     /**< --workers counts loops, in this process or others; else there is one */
    bool listener_each; /**< a listening socket for each worker, else one */
    bool forks;         /**< the loops are in worker processes, not in this one */
    bool chooses;       /**< an acceptor of ours gives each connection: --reserve can be kept */
    unsigned generations; /**< processes that one worker may have at a time */

    /** Starts serving; listeners and statistics are there. Returns 0 or negative. NULL: later. */
    int (*start)(struct daemon *daemon);
    /** Serves until the end. Returns 0, DAEMON_CUT or negative. */
    int (*serve)(struct daemon *daemon);
    /** Takes no more connections; every one that waited was taken. NULL: nothing to do. */
    void (*refuse)(struct daemon *daemon);
};

/** One loop, or a thread per connection. */
extern const struct engine engine_single;

/** libmicrohttpd's own pool of loops around one socket: unbalanced. */
extern const struct engine engine_mhd_pool;

/** A loop and a listening socket for each worker; the kernel deals out. */
extern const struct engine engine_reuseport;

/** A loop for each worker; an acceptor of ours gives to the least busy. */
extern const struct engine engine_least_busy;

/** One loop; handler threads make the answers, or those to large bodies. */
extern const struct engine engine_offload;

/** A process for each worker, under a supervisor that accepts for them. */
extern const struct engine engine_prefork;

#endif
