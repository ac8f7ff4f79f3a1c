/* rows.h: the endpoints, each defined in the file of its name. */
#ifndef LOOPLAG_ENDPOINT_ROWS_H
#define LOOPLAG_ENDPOINT_ROWS_H

#include "endpoint/endpoint.h"

extern const struct endpoint endpoint_ping;
extern const struct endpoint endpoint_pong;
extern const struct endpoint endpoint_stream;
extern const struct endpoint endpoint_healthz;
extern const struct endpoint endpoint_readyz;
extern const struct endpoint endpoint_stats;
extern const struct endpoint endpoint_metrics;

#endif
