/*
 * haproxy.h: HAProxy's configuration for pods of one machine. It only writes
 * text; system_pods.c runs HAProxy with it.
 */
#ifndef LOOPLAG_CLIENT_HAPROXY_H
#define LOOPLAG_CLIENT_HAPROXY_H

#include "base/buffer.h"
#include "plan/balance.h"

#include <stddef.h>
#include <stdint.h>

/** What HAProxy stands in front of. Borrowed. */
struct haproxy_plan {
    const struct balance *balance;
    const char *ready;       /**< the path that its health checks ask for */
    int listener;            /**< descriptor of the listening socket that HAProxy inherits */
    int64_t timeout_ns;      /**< the client's, of one request */
    const char *const *urls; /**< "http://127.0.0.1:PORT" of each pod */
    size_t count;
};

/**
 * Appends a configuration. Replies get the header X-Worker: pod1, pod2, ... in
 * the order of `urls`.
 */
void haproxy_write(struct buffer *text, const struct haproxy_plan *plan);

#endif
