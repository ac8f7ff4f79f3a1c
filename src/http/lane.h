/*
 * lane.h: the lane for large bodies: at most so many at a time, the others
 * wait or are turned away before their body is read.
 *
 * First come, first served. Who waits is suspended, so that its loop goes on;
 * with a thread per connection (which libmicrohttpd can't suspend) its
 * own thread blocks. The counts are shared by the processes of a server
 * (lane_counts.h); those who wait belong to one process.
 */
#ifndef LOOPLAG_HTTP_LANE_H
#define LOOPLAG_HTTP_LANE_H

#include "http/lane_counts.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/** What libmicrohttpd may have read of a body before we were asked, with some to spare. */
enum { LANE_READ_AHEAD = 64 << 10 };

enum lane_policy { LANE_WAIT, LANE_REJECT };

/** "wait", "reject", then NULL. */
const char *lane_policy_name(size_t policy);

struct lane_options {
    unsigned limit; /**< most large bodies at a time; 0: any number */
    uint64_t size;  /**< bodies from this size on are large */
    enum lane_policy policy;
    bool blocks; /**< who waits blocks its thread rather than being suspended */
};

enum lane_state { LANE_OUTSIDE, LANE_WAITING, LANE_ADMITTED, LANE_GONE };

/** One large request's place; zeroed: it is outside. Not moved while it waits. */
struct lane_place {
    struct MHD_Connection *connection;
    int fd;           /**< its socket, to see its client leave */
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
 * Makes a lane around `counts`, borrowed: made before any fork; NULL when there is no
 * limit. This is process number 0 of those that share it, unless told otherwise.
 */
void lane_init(struct lane *lane, const struct lane_options *options, struct lane_counts *counts);

/** This process is number `process`. Before any request. */
void lane_set_process(struct lane *lane, unsigned process);

/** True when a body of `bytes` bytes must enter the lane. */
static inline bool lane_concerns(const struct lane *lane, uint64_t bytes)
{
    return lane->counts && bytes >= lane->options.size;
}

/** Results of lane_enter. */
enum lane_result {
    LANE_GO,      /* admitted */
    LANE_LATER,   /* suspended: return MHD_YES; enter again when called again */
    LANE_REFUSED, /* turned away */
    LANE_LEFT,    /* the client left, or the server stops: close the connection */
};

/** Enters the lane, in a callback of place->connection, which the caller has filled in. */
enum lane_result lane_enter(struct lane *lane, struct lane_place *place);

/** The request is over; whoever is next gets its place. Twice is fine. */
void lane_leave(struct lane *lane, struct lane_place *place);

/**
 * Lets in whom places that other processes gave back are for, and sends home
 * those whose client has left. The main thread calls it now and then. Returns true while
 * somebody waits.
 */
bool lane_tick(struct lane *lane);

/** Sends home all who wait, and all who come from now on. Before the daemon stops. */
void lane_stop(struct lane *lane);

#endif
