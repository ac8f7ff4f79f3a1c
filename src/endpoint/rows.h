/* rows.h: the table of endpoints. Each is defined in the file of its name. */
#ifndef LOOPLAG_ENDPOINT_ROWS_H
#define LOOPLAG_ENDPOINT_ROWS_H

#include "endpoint/endpoint.h"

extern const struct endpoint endpoint_ping;
extern const struct endpoint endpoint_pong;
extern const struct endpoint endpoint_stream;
extern const struct endpoint endpoint_await;
extern const struct endpoint endpoint_healthz;
extern const struct endpoint endpoint_readyz;
extern const struct endpoint endpoint_stats;
extern const struct endpoint endpoint_metrics;
extern const struct endpoint endpoint_recent;
extern const struct endpoint endpoint_openapi;
extern const struct endpoint endpoint_docs;
extern const struct endpoint endpoint_live;

/** Number of rows. */
size_t endpoint_count(void);

/** Row `index`, below endpoint_count(). */
const struct endpoint *endpoint_at(size_t index);

/** The row of a path, or NULL. */
const struct endpoint *endpoint_find(const char *path);

/** Place of a row in the table. */
size_t endpoint_index(const struct endpoint *endpoint);

#endif
