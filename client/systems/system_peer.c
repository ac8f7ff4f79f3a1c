/* system_peer.c: see system_peer.h. */
#include "systems/system_peer.h"

#include "base/error.h"
#include "systems/listen_socket.h"
#include "systems/peer_command.h"
#include "systems/program.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int start(struct system *system, const struct peer *peer, int listener, unsigned port,
                 char error[SERVER_ERROR_SIZE])
{
    char path[PROGRAM_PATH_SIZE];
    char url[SERVER_URL_SIZE];
    struct peer_command words;
    int r = peer_command_make(&words, peer, peer->command, port);
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
        close(listener); /* the peer opens the port itself */
    int r = start(system, peer, inherits ? listener : -1, port, error);
    if (inherits)
        close(listener);
    return r;
}

int system_peer_stats(const struct system *system, struct server_stats *stats,
                      struct server_holds *holds)
{
    (void)holds; /* no peer tells any */
    stats->traits = system->plan->peer->traits;
    return SERVER_STATS_FOREIGN;
}
