/*
 * user_figures.h: what /stats and /metrics tell of the server's users.
 *
 * /stats lists the SKETCH_USERS that have held threads the longest, /metrics fewer, so that a
 * user's name as a label stays cheap for who collects it; the rest is one sum.
 */
#ifndef LOOPLAG_ENDPOINT_USER_FIGURES_H
#define LOOPLAG_ENDPOINT_USER_FIGURES_H

#include "endpoint/endpoint.h"
#include "json/writer.h"

/** So many users have series of their own in /metrics. */
enum { USER_FIGURES_LABELS = 50 };

/** Writes the member "users" of an open object. Returns 0 or -ENOMEM. */
int user_figures_write(struct writer *writer, const struct endpoint_context *context);

/** Appends the same in Prometheus' text format. Returns 0 or -ENOMEM. */
int user_figures_as_metrics(struct buffer *out, const struct endpoint_context *context);

#endif
