/*
 * team.h: one class in one window: its plan, the senders (sender.h) that share
 * it, and what they did, merged when they are through.
 *
 * A sender bears thousands of requests in flight, so an open class has one
 * unless its rate is more than a thread can send, and a closed class one for
 * many connections. Large bodies are different: copying one keeps a thread
 * busy, so each connection of a closed class of them has a thread of its own,
 * up to a few.
 */
#ifndef LOOPLAG_CLIENT_TEAM_H
#define LOOPLAG_CLIENT_TEAM_H

#include "send/progress.h"
#include "send/sender.h"
#include "send/window.h"

#include <stdint.h>

/** Senders of one class, and the descriptors that each needs beside its connections. */
enum { TEAM_SENDERS_MOST = 8, TEAM_SENDER_FILES = 5 };

struct team {
    const struct window *window;
    struct load *load;
    struct sender_class class;
    struct sender senders[TEAM_SENDERS_MOST];
    unsigned count; /**< of them */
    struct schedule plan;
    int64_t *offsets; /**< of a plan that is not periodic */
    uint64_t offset_count;
};

/** What its requests have in common, to be completed by transfer_config_init. */
struct transfer_config team_config(const struct window *window, const struct load *load);

/** Prepares a team and its senders. Returns 0 or a negative errno (finish it all the same). */
int team_init(struct team *team, const struct window *window, struct load *load, struct crew *crew);

/** Lets it send from `start_ns`, a little ahead, to `end_ns`. Returns 0 or a negative errno. */
int team_open(struct team *team, int64_t start_ns, int64_t end_ns);

/** What to show of it while it runs. */
struct progress_row team_progress(const struct team *team);

/** Joins the senders, completes the load's figures and frees. Returns 0 or a negative errno. */
int team_finish(struct team *team, int64_t ended_ns);

#endif
