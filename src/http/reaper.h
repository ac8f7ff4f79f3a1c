/*
 * reaper.h: ends connections from outside the loops: those whose deadline is over, and those
 * that must make room for others.
 *
 * libmicrohttpd has a time-out for silence only, and calls nobody before a head is complete. So
 * the daemon's main thread looks at every connection now and then, and shuts the sockets down
 * that are to end; the loop then finds them ended. Where a reply can still be sent, the client
 * is told 408 first, and a second passes before the socket is shut for reading: what a client
 * sends to a closed socket resets it, and takes away what it has not read.
 *
 * It also tells again the ends of connections that libmicrohttpd has lost: it waits on edges
 * with epoll, and an end that came together with data may go unnoticed.
 */
#ifndef LOOPLAG_HTTP_REAPER_H
#define LOOPLAG_HTTP_REAPER_H

#include "http/connections.h"

struct reaper {
    struct deadlines deadlines;
    struct connections *connections;
    struct stats *stats;
    struct held_log held;
    int64_t looked_ns; /* when it went through all of them */
};

/** Looks at every connection, unless it did so just now. The main thread calls it. */
void reaper_tick(struct reaper *reaper);

/**
 * For a connection that has just come when there are more than places: the one that has waited
 * longest for its head makes room. `here` is the worker whose loop this thread is; NULL in a thread
 * that is no loop. Returns false when all have requests, or may have, or have just come.
 */
bool reaper_make_room(struct reaper *reaper, const struct worker *here);

/** For a connection that must not be served: cuts it at once. */
void reaper_refuse(struct reaper *reaper, struct link *link, enum stats_limit why);

#endif
