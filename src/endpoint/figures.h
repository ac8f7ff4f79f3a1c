/*
 * figures.h: an answer that tells what the server has measured: what it reads for that, and how far
 * it has come.
 *
 * All of it, of a thousand users and a hundred processes, would hold a loop for milliseconds. So
 * it is made in parts, one in each turn of the loop: the figures of one part are of one moment.
 */
#ifndef LOOPLAG_ENDPOINT_FIGURES_H
#define LOOPLAG_ENDPOINT_FIGURES_H

#include "endpoint/endpoint.h"
#include "stats/process.h"
#include "json/writer.h"

struct figures {
    struct endpoint_context *context;
    struct writer writer;
    struct buffer *out; /**< the writer's: the answer's body */
    size_t part;        /**< that is being told */
    unsigned told;      /**< users that it has told; 0 where a part begins */
    struct stats_totals totals;
    struct stats_process process;
    struct users_view users;
};

/**
 * Reads or tells a part of the figures. Returns 0 when it is done, ENDPOINT_AGAIN to be called
 * again in a later turn, or negative.
 */
typedef int figures_part(struct figures *figures);

/** The endpoint's begin and destroy. */
int figures_begin(struct endpoint_call *call);
void figures_destroy(struct endpoint_call *call);

/** The endpoint's finish: the next of `count` parts, all of them in order. */
int figures_finish(struct endpoint_call *call, struct endpoint_answer *answer,
                   figures_part *const *parts, size_t count);

/** Parts that read: all counters and histograms; the processes; the users. */
int figures_read_totals(struct figures *figures);
int figures_read_process(struct figures *figures);
int figures_read_users(struct figures *figures);

/** Of the next few of `count` users: stores where they begin and end. Returns ENDPOINT_AGAIN
 * unless these are the last. */
int figures_next_users(struct figures *figures, unsigned count, unsigned *from, unsigned *to);

#endif
