/* system_peer.c: see system_peer.h. */
#include "systems/system_peer.h"

#include "base/buffer.h"
#include "base/error.h"
#include "systems/listen_socket.h"
#include "systems/program.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A command's words with the placeholders filled in. */
struct words {
    char text[PEER_WORDS_MOST * 256];
    char *arguments[PEER_WORDS_MOST + 1];
};

static int expand(struct words *words, const struct peer *peer, const char *const *command,
                  unsigned port)
{
    size_t used = 0;
    if (!command[0])
        return -EINVAL;
    for (size_t i = 0; command[i]; i++) {
        char *word = words->text + used;
        size_t left = sizeof words->text - used;
        if (!peer_expand(peer, command[i], SERVER_FIRST_FD, port, word, left))
            return -E2BIG;
        words->arguments[i] = word;
        words->arguments[i + 1] = NULL;
        used += strlen(word) + 1;
    }
    return 0;
}

bool system_peer_is_installed(const struct peer *peer)
{
    char path[PROGRAM_PATH_SIZE];
    char error[SERVER_ERROR_SIZE];
    struct words words;
    CLEANUP(buffer_deinit)
    struct buffer told = {0};
    if (!peer->installed[0])
        return program_find(peer->command[0], path);
    if (expand(&words, peer, peer->installed, 0) || !program_find(words.arguments[0], path))
        return false;
    const struct server_command command = {
        .name = peer->name,
        .path = path,
        .arguments = words.arguments,
        .foreign = true,
    };
    return server_ask(&command, &told, error) == 0;
}

static int start(struct system *system, const struct peer *peer, int listener, unsigned port,
                 char error[SERVER_ERROR_SIZE])
{
    char path[PROGRAM_PATH_SIZE];
    char url[SERVER_URL_SIZE];
    struct words words;
    int r = expand(&words, peer, peer->command, port);
    if (r)
        return r;
    if (!program_find(words.arguments[0], path)) {
        snprintf(error, SERVER_ERROR_SIZE, "there is no program %.400s", words.arguments[0]);
        return SERVER_FAILED;
    }
    snprintf(url, sizeof url, "http://127.0.0.1:%u", port);
    const struct server_command command = {
        .name = peer->name,
        .path = path,
        .arguments = words.arguments,
        .url = url,
        .ready = peer->ready,
        .inherited = {listener},
        .inherited_count = listener >= 0,
        .foreign = true,
    };
    return system_add(system, &command, error);
}

int system_peer_start(struct system *system, const struct system_setting *setting,
                      char error[SERVER_ERROR_SIZE])
{
    const struct peer *peer = system->plan->peer;
    unsigned port;
    int listener = listen_socket_open(setting->port, &port);
    if (listener < 0) {
        snprintf(error, SERVER_ERROR_SIZE, "%.60s cannot listen on port %u: %s", peer->name,
                 setting->port, strerror(-listener));
        return SERVER_FAILED;
    }
    bool inherits = peer_inherits(peer);
    if (!inherits)
        close(listener); /* it opens the port itself */
    int r = start(system, peer, inherits ? listener : -1, port, error);
    if (inherits)
        close(listener);
    return r;
}
