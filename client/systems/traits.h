/*
 * traits.h: what a system says of how it serves: a looplagd at GET /stats, and
 * another server in its row of the peer table. Conclusions ask for these, never
 * for a label, a mode's name or an endpoint's.
 */
#ifndef LOOPLAG_CLIENT_TRAITS_H
#define LOOPLAG_CLIENT_TRAITS_H

#include "plan/json_in.h"

#include <stddef.h>

/** Nothing is concluded from what is not known. */
enum trait { TRAIT_UNKNOWN, TRAIT_NO, TRAIT_YES };

/** Of a system with one endpoint. */
struct traits {
    enum trait one_loop; /**< one event loop does everything: what holds it holds all */
    enum trait thread_per_connection; /**< a long callback holds nobody else */
    enum trait incremental;           /**< bodies are parsed as they arrive */
    enum trait whole_document;        /**< the whole document is in memory before the answer */
};

enum { TRAITS_ENDPOINTS_MOST = 16, TRAITS_PATH_SIZE = 64 };

/** Of a system with all its endpoints. A zeroed one tells nothing. */
struct system_traits {
    struct traits serving; /**< of the system, whatever the endpoint */
    struct {
        char path[TRAITS_PATH_SIZE];
        struct traits traits; /**< of the endpoint alone */
    } endpoints[TRAITS_ENDPOINTS_MOST];
    size_t endpoint_count;
};

/** Reads {"one_loop": true, ...}, as traits_write makes it; what is not there is not known. */
struct traits traits_read(const struct json_in *in);

/** Makes such an object. NULL without memory. */
json_t *traits_write(const struct traits *traits);

/** What both have alike; the rest is not known. */
struct traits traits_common(const struct traits *a, const struct traits *b);

/**
 * Reads {"serving": {"one_loop": true, "thread_per_connection": false},
 * "endpoints": {"/ping": {"incremental": false, "whole_document": true}}}.
 */
void system_traits_read(const struct json_in *in, struct system_traits *traits);

/** The traits with an endpoint, whose query does not count. */
struct traits system_traits_with(const struct system_traits *traits, const char *endpoint);

#endif
