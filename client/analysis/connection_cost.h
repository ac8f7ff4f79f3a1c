/*
 * connection_cost.h: what a new connection for each request costs a class: the
 * same system measured with connections reused and without, in the same rounds.
 */
#ifndef LOOPLAG_CLIENT_CONNECTION_COST_H
#define LOOPLAG_CLIENT_CONNECTION_COST_H

#include "analysis/bootstrap.h"
#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

struct cell;
struct result;

/** New connections less reused ones, medians of the class's response times. */
struct connection_cost {
    const struct cell *fresh; /**< borrowed, as the next */
    const struct cell *kept;
    struct estimate alone_us; /**< without the large classes */
    struct estimate with_us;
};

/**
 * The pair that `cell` is the half of that opens connections. Returns false
 * when it is not, or has no other half.
 */
bool connection_cost_of(const struct result *result, const struct cell *cell,
                        struct connection_cost *cost);

/** Appends a line for each pair. Returns 0 or -ENOMEM. */
int connection_cost_tell(const struct result *result, struct buffer *out);

#endif
