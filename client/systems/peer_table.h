/*
 * peer_table.h: other servers to compare with, from a JSON file: how each is
 * started, how to see whether it is installed, and what to install.
 *
 *   {"peers": [{"name": "node", "about": "one sentence",
 *               "command": ["node", "{folder}/server.js", "--fd", "{fd}"],
 *               "installed": ["node", "--version"], "packages": "nodejs",
 *               "ready": "/healthz", "endpoints": ["/ping"],
 *               "serving": {"one_loop": true}}]}
 *
 * name and command must be there; ready is /healthz when it is not. serving,
 * and endpoints as an object, tell what looplagd tells of itself (traits.h). In a command
 * `{folder}` is the file's folder,
 * `{fd}` a listening socket that the program inherits and `{port}` its port.
 */
#ifndef LOOPLAG_CLIENT_PEER_TABLE_H
#define LOOPLAG_CLIENT_PEER_TABLE_H

#include "systems/launch.h"
#include "systems/traits.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { PEERS_MOST = 16, PEER_PATH_SIZE = 4096, PEER_ERROR_SIZE = 512 };

/** One peer. Texts are borrowed from the table. */
struct peer {
    struct launch launch;
    const char *about; /**< "" when not told */
    const char
        *installed[COMMAND_WORDS_MOST + 1]; /**< ends with 0 when it is there; may be empty */
    const char *endpoints[COMMAND_WORDS_MOST + 1]; /**< that it has; empty: all */
    const char *packages;                          /**< "" when not told */
    struct system_traits traits;
};

/** A zeroed table is a valid, empty one. */
struct peer_table {
    char folder[PEER_PATH_SIZE];
    json_t *document;
    struct peer rows[PEERS_MOST];
    size_t count;
};

/** The file cannot be used: one line in `error` says what is wrong and where. */
#define PEER_TABLE_INVALID 1

/**
 * Finds the table of this project's own peers: in the source beside the build,
 * else where it is installed. Returns whether there is one.
 */
bool peer_table_find(char path[PEER_PATH_SIZE]);

/** Reads a file. The table is not to be moved. Returns 0 or PEER_TABLE_INVALID. */
int peer_table_read(struct peer_table *table, const char *path, char error[PEER_ERROR_SIZE]);

/** Frees what was read. */
void peer_table_deinit(struct peer_table *table);

#endif
