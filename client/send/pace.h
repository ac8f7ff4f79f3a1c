/*
 * pace.h: when one sender sends its next request, and whether it may. Pure: it
 * is told the time and what happened, and does nothing by itself.
 *
 * An open class keeps to its plan, whatever the replies do. A closed one has
 * seats: each sends its next request a pause after its reply. Replies end in
 * the order of time, so the seats that are to send again are a queue.
 *
 * A request whose time has come while as many are in flight as may be (conns=),
 * or while the system has no place for another connection, waits; it is counted
 * when it is sent. One that is late because the thread was is not: send lag tells.
 */
#ifndef LOOPLAG_CLIENT_PACE_H
#define LOOPLAG_CLIENT_PACE_H

#include "send/schedule.h"

#include <stdbool.h>
#include <stdint.h>

/** No request is due until something else happens. */
#define PACE_NEVER INT64_MAX

struct pace {
    struct schedule plan; /**< only start and end matter for a closed class */
    uint64_t next;        /**< open: the plan's next request that is this sender's */
    uint64_t step;        /**< open: how many senders share the plan */
    int64_t *seats;       /**< closed: when they send again, a ring; NULL for open */
    unsigned seat_first;
    unsigned seats_ready; /**< of them */
    int64_t pause_ns;     /**< closed: after a reply */
    unsigned in_flight;
    unsigned in_flight_most; /**< 0: as many as it takes */
    int64_t full_until_ns;   /**< until then there was no place for a request */
    uint64_t waits;          /**< requests that waited for one */
    int64_t wait_longest_ns; /**< and the longest of these waits */
};

/**
 * Paces every `step`-th request of an open plan from `first` on, at most `most` at a time
 * (0: any number). The plan's offsets are borrowed.
 */
void pace_init_open(struct pace *pace, const struct schedule *plan, uint64_t first, uint64_t step,
                    unsigned most);

/** Paces `seats` seats of a closed class. Returns 0 or -ENOMEM. */
int pace_init_closed(struct pace *pace, const struct schedule *plan, unsigned seats);

/** Frees the seats. A zeroed pace is accepted; twice is fine. */
void pace_deinit(struct pace *pace);

/** The planned time of the next request that may be sent, or PACE_NEVER. */
int64_t pace_due(const struct pace *pace, int64_t now_ns);

/** Takes the request that pace_due told. Returns its number in an open plan, else 0. */
uint64_t pace_take(struct pace *pace, int64_t now_ns);

/** The system had no place for a request that is due. */
void pace_refuse(struct pace *pace, int64_t now_ns);

/** A request in flight ended at `end_ns`. */
void pace_end(struct pace *pace, int64_t now_ns, int64_t end_ns);

/** Whether nothing is in flight and nothing more will be sent. */
bool pace_is_over(const struct pace *pace, int64_t now_ns);

#endif
