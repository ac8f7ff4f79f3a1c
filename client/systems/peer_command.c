/* peer_command.c: see peer_command.h. */
#include "systems/peer_command.h"

#include "base/buffer.h"
#include "base/error.h"
#include "systems/program.h"
#include "systems/server_process.h"

#include <string.h>

int peer_command_make(struct peer_command *command, const struct peer *peer,
                      const char *const *words, unsigned port)
{
    size_t used = 0;
    if (!words[0])
        return -EINVAL;
    for (size_t i = 0; words[i]; i++) {
        char *word = command->text + used;
        size_t left = sizeof command->text - used;
        if (!peer_expand(peer, words[i], SERVER_FIRST_FD, port, word, left))
            return -E2BIG;
        command->arguments[i] = word;
        command->arguments[i + 1] = NULL;
        used += strlen(word) + 1;
    }
    return 0;
}

bool peer_is_installed(const struct peer *peer)
{
    char path[PROGRAM_PATH_SIZE];
    char error[SERVER_ERROR_SIZE];
    struct peer_command words;
    CLEANUP(buffer_deinit)
    struct buffer told = {0};
    if (!peer->installed[0])
        return program_find(peer->command[0], path);
    if (peer_command_make(&words, peer, peer->installed, 0) ||
        !program_find(words.arguments[0], path))
        return false;
    const struct server_command command = {
        .name = peer->name,
        .path = path,
        .arguments = words.arguments,
        .foreign = true,
    };
    return server_ask(&command, &told, error) == 0;
}
