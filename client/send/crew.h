/*
 * crew.h: what all threads that send in one window have in common: the limit
 * on their connections, and the word to stop.
 */
#ifndef LOOPLAG_CLIENT_CREW_H
#define LOOPLAG_CLIENT_CREW_H

#include <stdatomic.h>
#include <stdbool.h>

struct crew {
    unsigned connections_most; /**< that the system allows */
    atomic_uint connections;   /**< open now */
    atomic_uint active;        /**< threads that are not through */
    atomic_bool stop;          /**< ends all transfers */
    int stop_fd;               /**< readable once `stop` is set */
};

/** Makes a crew without threads. Returns 0 or a negative errno (deinit it all the same). */
int crew_init(struct crew *crew);

void crew_deinit(struct crew *crew);

/** Ends all transfers and waits. May be called by any thread, more than once. */
void crew_stop(struct crew *crew);

#endif
