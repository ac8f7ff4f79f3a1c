/* rows.c: see rows.h. */
#include "endpoint/rows.h"

#include <string.h>

static const struct endpoint *const table[] = {
    &endpoint_ping,    &endpoint_pong,    &endpoint_stream, &endpoint_await,
    &endpoint_healthz, &endpoint_readyz,  &endpoint_stats,  &endpoint_metrics,
    &endpoint_recent,  &endpoint_openapi, &endpoint_docs,   &endpoint_live,
};

/* The last row of the statistics is for requests that no endpoint took. */
_Static_assert(ARRAY_LENGTH(table) < STATS_ENDPOINTS_MAX, "no row left for unrouted requests");

size_t endpoint_count(void)
{
    return ARRAY_LENGTH(table);
}

const struct endpoint *endpoint_at(size_t index)
{
    return table[index];
}

const struct endpoint *endpoint_find(const char *path)
{
    for (size_t i = 0; i < ARRAY_LENGTH(table); i++) {
        if (strcmp(table[i]->path, path) == 0)
            return table[i];
    }
    return NULL;
}

size_t endpoint_index(const struct endpoint *endpoint)
{
    for (size_t i = 0; i < ARRAY_LENGTH(table); i++) {
        if (table[i] == endpoint)
            return i;
    }
    return STATS_ENDPOINTS_MAX - 1;
}
