/*
 * connections.h: the open connections, and what is said to their sockets from
 * outside the loops.
 *
 * Who serves a connection says what it is doing, in one atomic word; the daemon's main thread
 * visits all of them now and then (reaper.h), and may cut one. Both change the word by
 * comparison, so that either the request goes on or the connection is cut, never both. When
 * draining the main thread also ends the idle and the silent connections, which would otherwise
 * keep clients in the backlog from a place.
 */
#ifndef LOOPLAG_HTTP_CONNECTIONS_H
#define LOOPLAG_HTTP_CONNECTIONS_H

#include "http/addresses.h"
#include "http/deadlines.h"
#include "http/held.h"
#include "stats/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct exchange;
struct tcp_info;
struct tls_session;

/** One connection; its fields but the atomic ones are under the registry's lock. */
struct link {
    struct link *next;
    struct link *previous;
    struct worker *worker;     /* who took it; set before any request */
    uint64_t address;          /* see addresses.h; 0: not counted */
    struct exchange *exchange; /* its requests' memory, whoever serves it; or NULL */
    struct tls_session *tls;   /* NULL: it is not encrypted */
    int fd;
    bool told_end;         /* its end was told again */
    bool over;             /* no place is left for it: its requests are refused */
    bool bad_target;       /* the next request's has a control character */
    bool lingers;          /* what the client still sends is read after the close */
    bool ended_well;       /* its last request was read whole and answered, and ends it */
    _Atomic uint64_t turn; /* see deadlines.h */
    uint64_t known_turn;   /* as who serves it left it: differs when it was cut */
    struct sighting sighting;
    struct held held;
    atomic_bool counted; /* its request is in its worker's count of those that keep it busy */
};

struct connections {
    pthread_mutex_t lock;
    struct link *first; /* the newest */
    struct link *last;
    struct link *next_visited;   /* by connections_visit */
    unsigned most;               /**< more than so many: who comes finds no place; 0: any number */
    struct addresses *addresses; /**< borrowed; NULL: any number of each */
    unsigned process;            /**< our table there */
    atomic_uint count;
    atomic_uint leaving; /**< of these, how many were cut */
};

void connections_init(struct connections *connections);
void connections_deinit(struct connections *connections);

/**
 * Takes in an accepted connection of a worker; `tls` (borrowed) is its session, or NULL. Returns
 * NULL when there is no memory.
 */
struct link *connections_add(struct connections *connections, int fd, struct worker *worker,
                             struct tls_session *tls);

/**
 * Counts it for its address. Returns how many that has now, in all processes of the server;
 * 0 when addresses are not counted.
 */
unsigned connections_count_address(struct connections *connections, struct link *link,
                                   const struct sockaddr *address);

/** Forgets a connection before its socket is closed. NULL is accepted. */
void connections_remove(struct connections *connections, struct link *link);

/**
 * For who serves it: a request begins (LINK_BODY), is in another phase now, or has ended
 * (LINK_HEAD). Returns false when the connection was cut: its client has been told so, or is not to
 * be told anything, and it must be closed.
 */
bool connections_turn(struct link *link, enum link_phase phase);

/**
 * Counts its request among those that keep its worker busy, or no longer; twice is fine. The reaper
 * counts out those whose client keeps the worker waiting.
 */
void connections_count_work(struct link *link);
void connections_uncount_work(struct link *link);

/** For who serves it: whether it was cut. */
static inline bool connections_is_cut(const struct link *link)
{
    return atomic_load(&link->turn) != link->known_turn;
}

/** For others, with the lock held: cuts it if it is still at this turn. */
bool connections_cut(struct connections *connections, struct link *link, uint64_t turn);

/** How many there are, but for those that were cut. */
unsigned connections_left(const struct connections *connections);

/** True when there are more connections than places. */
bool connections_are_too_many(const struct connections *connections);

/** Calls `look` for every connection, with the lock held for few of them at a time. */
void connections_visit(struct connections *connections, void (*look)(void *cls, struct link *link),
                       void *cls);

/** True when the kernel has bytes of the client that nobody has read. */
bool connections_has_unread(const struct link *link);

/**
 * True when a connection that is about to be closed may be reset by it, and lose a reply that
 * its client has not read: bytes are unread, or more may come to what libmicrohttpd refused.
 */
bool connections_end_may_reset(const struct link *link);

/** Bytes that were read off the socket so far; 0 when the kernel can't tell. */
uint64_t connections_bytes_read(const struct link *link);

/** What the kernel knows of a socket; zeroed when it can't tell. */
struct tcp_info connections_info(int fd);

/** For how long a connection without a request may be silent, in ns. */
struct connections_grace {
    int64_t idle_ns; /**< after a reply */
    int64_t head_ns; /**< before its first request, or with a part of the next one's head; negative:
                          as long as it likes */
};

/** Ends, for reading, the connections that have no request and have been silent for so long. */
void connections_end_idle(struct connections *connections, const struct connections_grace *grace);

#endif
