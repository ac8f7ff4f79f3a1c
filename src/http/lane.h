/*
 * lane.h: the lane for large bodies. It admits a limited number of large requests at a
 * time; further ones wait, or are refused, before their body is read.
 *
 * Requests are admitted in the order in which they came. While one waits, its connection is
 * suspended, so that the loop serves others; where each connection has a thread (which
 * libmicrohttpd can't suspend), that thread blocks. The counts are shared by the processes
 * of a server (lane_counts.h); each process keeps its own queue of waiting requests.
 */
#ifndef LOOPLAG_HTTP_LANE_H
#define LOOPLAG_HTTP_LANE_H

#include "http/lane_counts.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/** Libmicrohttpd may have read this much of a body before it calls us. */
enum { LANE_READ_AHEAD = 64 << 10 };

enum lane_policy { LANE_WAIT, LANE_REJECT };

/** "wait", "reject", then NULL. */
const char *lane_policy_name(size_t policy);

struct lane_options {
    unsigned limit; /**< most large bodies at a time; 0: any number */
    uint64_t size;  /**< bodies from this size on are large */
    enum lane_policy policy;
    bool blocks; /**< a request that waits blocks its thread; else it is suspended */
};

enum lane_state { LANE_OUTSIDE, LANE_WAITING, LANE_ADMITTED, LANE_GONE };

/** One large request's place. Zeroed, the request is outside. It stays where it is while it waits.
 */
struct lane_place {
    struct MHD_Connection *connection;
    int fd;           /**< its socket, to see that the client has left */
    uint64_t to_come; /**< body bytes not read yet, as announced; 0: not known */
    enum lane_state state;
    uint64_t ticket;
    struct lane_place *next;
    struct lane_place *previous;
    pthread_cond_t wake;
};

struct lane {
    struct lane_options options;
    struct lane_counts *counts; /* NULL: no limit; its lock guards all that follows */
    unsigned process;           /* our row in the counts */
    struct lane_place *first;
    struct lane_place *last;
    unsigned waiting;
    bool stopping;
};

/**
 * Makes a lane around `counts`, which are borrowed and were made before any fork; NULL: no
 * limit. This is process number 0 of those that share them until lane_set_process.
 */
void lane_init(struct lane *lane, const struct lane_options *options, struct lane_counts *counts);

/** Tells which of the processes this one is. Call it before any request. */
void lane_set_process(struct lane *lane, unsigned process);

/** True when a body of `bytes` bytes must enter the lane. */
static inline bool lane_concerns(const struct lane *lane, uint64_t bytes)
{
    return lane->counts && bytes >= lane->options.size;
}

/** Results of lane_enter. */
enum lane_result {
    LANE_GO,      /* admitted */
    LANE_LATER,   /* suspended: return MHD_YES, and enter again at the next call */
    LANE_REFUSED, /* the lane is full and rejects */
    LANE_LEFT,    /* the client left, or the server stops: close the connection */
};

/** Enters the lane, in a callback of place->connection, which the caller has filled in. */
enum lane_result lane_enter(struct lane *lane, struct lane_place *place);

/** The request is over; the oldest one that waits gets its place. Twice is fine. */
void lane_leave(struct lane *lane, struct lane_place *place);

/**
 * Admits requests that wait, when another process has freed a place, and ends the wait of
 * those whose client has left. The main thread calls it now and then. Returns true while
 * requests wait.
 */
bool lane_tick(struct lane *lane);

/** Ends every wait with LANE_LEFT, now and from now on. Call it before the daemon stops. */
void lane_stop(struct lane *lane);

#endif
