/*
 * peer_command.h: a command of the peer table with its placeholders filled in,
 * and whether a peer is installed.
 */
#ifndef LOOPLAG_CLIENT_PEER_COMMAND_H
#define LOOPLAG_CLIENT_PEER_COMMAND_H

#include "systems/peer_table.h"

#include <stdbool.h>

/** Not to be moved. */
struct peer_command {
    char text[PEER_WORDS_MOST * 256];
    char *arguments[PEER_WORDS_MOST + 1]; /**< NULL-terminated; they point into `text` */
};

/** Makes a command of NULL-terminated `words`. Returns 0, -EINVAL without a word, or -E2BIG. */
int peer_command_make(struct peer_command *command, const struct peer *peer,
                      const char *const *words, unsigned port);

/** Whether what the peer is made of is installed. */
bool peer_is_installed(const struct peer *peer);

#endif
