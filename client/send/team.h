/*
 * team.h: the threads of one class in one window. Each has a libcurl handle
 * and so connections of its own; what they did is recorded in one place.
 *
 * A closed class has as many threads as connections. An open class starts with
 * a reserve of idle ones, and a maker thread adds more as soon as half of them
 * are taken, long before the last: so no request waits for a free thread
 * unless conns= or the system says so, and then the wait is counted.
 */
#ifndef LOOPLAG_CLIENT_TEAM_H
#define LOOPLAG_CLIENT_TEAM_H

#include "send/gate.h"
#include "send/progress.h"
#include "send/transfer.h"
#include "send/window.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** What the teams of a window have in common. */
struct crew {
    const struct window *window;
    unsigned threads_most; /**< that the system can bear */
    atomic_bool stop;      /**< ends all transfers */
    atomic_uint active;    /**< threads that are not through */
};

struct worker;

struct team {
    struct crew *crew;
    struct load *load;
    struct transfer_config config;
    struct gate gate;
    struct worker *workers; /**< all that were made; set under the gate's lock */
    unsigned count;         /**< of them; the maker's while it runs */
    pthread_t maker;
    bool has_maker;
    int64_t *offsets; /**< of a plan that is not periodic */
    uint64_t offset_count;
    pthread_mutex_t record; /**< of the load's stats */
    atomic_uint_fast64_t sent;
    atomic_uint_fast64_t done;
    atomic_uint_fast64_t failed;
};

/** Prepares a team; crew and load are borrowed. */
void team_init(struct team *team, struct crew *crew, struct load *load);

/** Makes its plan and first threads, which wait. Returns 0 or a negative errno. */
int team_start(struct team *team);

/** Lets it send from `start_ns` to `end_ns`. */
void team_open(struct team *team, int64_t start_ns, int64_t end_ns);

/** Ends its waits and transfers; crew->stop is set. */
void team_stop(struct team *team);

/** What to show of it while it runs. */
struct progress_row team_progress(const struct team *team);

/** Joins the threads, completes the load's figures and frees. Returns 0 or a negative errno. */
int team_finish(struct team *team, int64_t ended_ns);

#endif
