/*
 * connection_cost.h: what a new connection for each request costs a class: the
 * same system measured with connections reused and without, in the same rounds.
 */
#ifndef LOOPLAG_CLIENT_CONNECTION_COST_H
#define LOOPLAG_CLIENT_CONNECTION_COST_H

#include "analysis/interval.h"

struct cell;
struct result;
struct subject;

/** New connections less reused ones, medians of the class's response times. */
struct connection_cost {
    const struct cell *fresh; /**< borrowed, as the next */
    const struct cell *kept;
    const struct subject *subject; /**< of `fresh`; borrowed */
    struct estimate alone_us;      /**< without the large classes */
    struct estimate with_us;
};

/** The cell is not the half of a pair that opens connections. */
#define CONNECTION_COST_NONE 1

/** What the pair costs whose one half is `cell`. Returns 0, CONNECTION_COST_NONE or -ENOMEM. */
int connection_cost_of(const struct result *result, const struct cell *cell,
                       struct connection_cost *cost);

#endif
