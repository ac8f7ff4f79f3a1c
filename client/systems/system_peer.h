/*
 * system_peer.h: the kind of system that is another server than looplagd, as
 * a row of a peer table describes it.
 */
#ifndef LOOPLAG_CLIENT_SYSTEM_PEER_H
#define LOOPLAG_CLIENT_SYSTEM_PEER_H

#include "systems/system_kind.h"

/** As system_start, for a row of the table of kinds. */
int system_peer_start(struct system *system, const struct system_setting *setting,
                      char error[SERVER_ERROR_SIZE]);

/** As system_stats: only the traits, as the table tells them. */
int system_peer_stats(const struct system *system, struct server_stats *stats,
                      struct server_holds *holds);

#endif
