/*
 * connections.h: the open connections, and what is said to their sockets from
 * outside the loops.
 *
 * libmicrohttpd waits on edges with epoll. 0.9.75 lost the end of a connection
 * that came together with data, and 1.0.10 waits in the same way: such a
 * connection would stay, with its request, until the idle time-out. The daemon's main thread looks
 * for ends that nobody reads and makes the kernel tell them once more. When
 * draining it also ends the idle and the silent connections, which would otherwise
 * keep clients in the backlog from a place.
 */
#ifndef LOOPLAG_HTTP_CONNECTIONS_H
#define LOOPLAG_HTTP_CONNECTIONS_H

#include "stats/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct exchange;

/** One connection; its fields but the atomic ones are under the registry's lock. */
struct link {
    struct link *next;
    struct link *previous;
    struct worker *worker;     /* who took it; set before any request */
    struct exchange *exchange; /* its requests' memory, whoever serves it; or NULL */
    int fd;
    bool told_end;   /* its end was told again */
    bool bad_target; /* the next request's has a control character */
    bool lingers;    /* what the client still sends is read after the close */
    bool ended_well; /* its last request was read whole and answered, and ends it */
    atomic_bool had_request;
    atomic_bool busy; /* a request is in flight */
};

struct connections {
    pthread_mutex_t lock;
    struct link *first;
    atomic_uint fresh; /**< connections that have not begun a request */
};

void connections_init(struct connections *connections);
void connections_deinit(struct connections *connections);

/** Takes in an accepted connection of a worker. Returns NULL when there is no memory. */
struct link *connections_add(struct connections *connections, int fd, struct worker *worker);

/** Forgets a connection before its socket is closed. NULL is accepted. */
void connections_remove(struct connections *connections, struct link *link);

/** A request begins or ends on the connection; NULL is accepted. */
void connections_begin_request(struct connections *connections, struct link *link);
void connections_end_request(struct link *link);

/** True when the kernel has bytes of the client that nobody has read. */
bool connections_has_unread(const struct link *link);

/**
 * True when a connection that is about to be closed may be reset by it, and lose a reply that
 * its client has not read: bytes are unread, or more may come to what libmicrohttpd refused.
 */
bool connections_end_may_reset(const struct link *link);

/** Bytes that were read off the socket so far; 0 when the kernel can't tell. */
uint64_t connections_bytes_read(const struct link *link);

/** Tells again the ends that the peers have sent and nobody has read. */
void connections_tell_ends(struct connections *connections);

/**
 * Ends, for reading, the connections that had a request and have none now, and with a
 * `grace_ns` that is not negative those whose first request has not begun and whose client
 * has been silent for so long.
 */
void connections_end_idle(struct connections *connections, int64_t grace_ns);

#endif
