/*
 * balance.h: the ways in which requests can be shared out between pods.
 */
#ifndef LOOPLAG_CLIENT_BALANCE_H
#define LOOPLAG_CLIENT_BALANCE_H

#include <stdbool.h>

struct balance {
    const char *name; /**< as typed */
    const char *rule; /**< HAProxy's word for how it chooses among equal pods */
    bool split;       /**< large bodies have pods of their own, so there are two at least */
};

/** All names, as a text. */
#define BALANCE_NAMES "roundrobin, leastconn, random, source or split"

/** Returns the row of that name, or NULL when there is none. */
const struct balance *balance_find(const char *name);

#endif
