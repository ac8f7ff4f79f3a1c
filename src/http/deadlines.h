/*
 * deadlines.h: how long a client may take for what it owes: its head, its body, its next
 * request, and taking the reply.
 *
 * Pure: what was seen of a connection now and then goes in, a verdict comes out. Slow networks
 * are told from slow clients by rate: whoever sends little, but steadily, is served. What the
 * server owes has no deadline here, and while bytes of the client lie unread (its loop is
 * held), its time stands still.
 */
#ifndef LOOPLAG_HTTP_DEADLINES_H
#define LOOPLAG_HTTP_DEADLINES_H

#include "base/clock.h"
#include "stats/stats.h"

#include <stdbool.h>
#include <stdint.h>

/** What a connection is doing. */
enum link_phase {
    LINK_HEAD,  /**< its client owes a head, or is idle */
    LINK_BODY,  /**< its client owes bytes of a body */
    LINK_WORK,  /**< the server owes an answer */
    LINK_REPLY, /**< its client has to take the reply */
    LINK_CUT,   /**< ended from outside: nothing begins on it any more */
};

/** A turn is a phase and, in units of this, how many phases were before. */
enum { LINK_TURN = 8 };

/** Durations in ns; 0: none. */
struct deadlines {
    int64_t header_ns; /**< for a head, from the connection's beginning or the head's first byte */
    int64_t body_ns;   /**< longest pause in a body, or in a reply's being taken */
    int64_t idle_ns;   /**< for the next request's first byte */
    uint64_t rate;     /**< least bytes a second of a body or a reply, after a grace; 0: any */
};

/** So long a body or a reply may take at any rate. */
#define DEADLINES_GRACE_NS (5 * NS_PER_S)

/** What is seen at one look. */
struct sight {
    int64_t now_ns;
    uint64_t turn;  /**< which says whether anything has begun since the last look */
    uint64_t bytes; /**< sent by the client so far; in LINK_REPLY: acknowledged by it */
    bool unread;    /**< some of them wait for the server to read them */
};

/** What was seen so far. */
struct sighting {
    struct sight last;
    int64_t since_ns; /**< when what it does was first seen; for a head, when its first byte was */
    int64_t moved_ns; /**< when bytes were last seen to have come */
    int64_t read_ns;  /**< when bytes of its head were first seen to be read; 0: not yet */
    uint64_t bytes;   /**< at since_ns */
};

/** The phase in a turn. */
static inline enum link_phase link_phase_of(uint64_t turn)
{
    return (enum link_phase)(turn % LINK_TURN);
}

/** Whether it is the turn of a connection that has not begun a request. */
static inline bool link_is_fresh(uint64_t turn)
{
    return turn < LINK_TURN;
}

/** Begins with a connection of this moment. */
void sighting_begin(struct sighting *sighting, int64_t now_ns);

/** Takes in a look. Returns the deadline that is over, or STATS_NO_LIMIT. */
enum stats_limit deadlines_judge(const struct deadlines *deadlines, struct sighting *sighting,
                                 const struct sight *sight);

#endif
