/*
 * system_pods.h: the kind of system that is several looplagd with one loop
 * each, and HAProxy in front of them.
 */
#ifndef LOOPLAG_CLIENT_SYSTEM_PODS_H
#define LOOPLAG_CLIENT_SYSTEM_PODS_H

#include "systems/system_kind.h"

/** How the pods say that they take requests. */
#define SYSTEM_PODS_READY "/readyz"

/** As system_start, for a row of the table of kinds. HAProxy is the last process. */
int system_pods_start(struct system *system, const struct system_setting *setting,
                      char error[SERVER_ERROR_SIZE]);

/** As system_stats: the sums of the pods, the loop holds of the one with the longest, and
 * everybody's in `holds`. */
int system_pods_stats(const struct system *system, struct server_stats *stats,
                      struct server_holds *holds);

#endif
