/*
 * user_figures.h: what /stats and /metrics tell of the server's users.
 *
 * /stats lists the SKETCH_USERS that have held threads the longest, /metrics fewer, so that a
 * user's name as a label stays cheap for who collects it; the rest is one sum.
 */
#ifndef LOOPLAG_ENDPOINT_USER_FIGURES_H
#define LOOPLAG_ENDPOINT_USER_FIGURES_H

#include "endpoint/figures.h"

/** So many users have series of their own in /metrics. */
enum { USER_FIGURES_LABELS = 50 };

/** After figures_read_users: writes the member "users" of an open object, some users a turn. */
int user_figures_write(struct figures *figures);

/** The same in Prometheus' text format, in two parts: figures of each user, then body sizes. */
int user_figures_as_metrics(struct figures *figures);
int user_sizes_as_metrics(struct figures *figures);

#endif
