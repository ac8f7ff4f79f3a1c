/*
 * system_peer.h: the kind of system that is another server than looplagd, as
 * a row of a peer table describes it.
 */
#ifndef LOOPLAG_CLIENT_SYSTEM_PEER_H
#define LOOPLAG_CLIENT_SYSTEM_PEER_H

#include "systems/peer_table.h"
#include "systems/system.h"

/** Whether what the peer is made of is installed. */
bool system_peer_is_installed(const struct peer *peer);

/** As system_start, for a row of the table of kinds. */
int system_peer_start(struct system *system, const struct system_setting *setting,
                      char error[SERVER_ERROR_SIZE]);

#endif
