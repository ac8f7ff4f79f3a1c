/*
 * reload.h: the files that the server has read and reads anew at SIGHUP. Each kind is a row of the
 * table in reload.c, and a member here.
 *
 * A file that can't be used at the start stops the server; at SIGHUP it is told, and the server
 * goes on with what it had. Processes are given what their parent had when they were forked.
 */
#ifndef LOOPLAG_DAEMON_RELOAD_H
#define LOOPLAG_DAEMON_RELOAD_H

#include "http/tls.h"
#include "http/tokens.h"

#include <stdbool.h>

/** As the options name them, borrowed; NULL: none. */
struct reload_paths {
    const char *tls_cert;
    const char *tls_key;
    const char *token_file;       /**< of users: nobody else may send requests */
    const char *admin_token_file; /**< of operators: nobody else may see what it tells of itself */
};

/** What was read. */
struct reload {
    struct reload_paths paths;
    struct stats *stats; /**< borrowed; learns of the certificate. NULL: not made yet */
    struct tls *tls;     /**< NULL: connections are not encrypted */
    struct tokens tokens;
    struct tokens admins;
};

/** Reads all files, before any thread. Returns 0, or negative after one logged line. */
int reload_init(struct reload *reload, const struct reload_paths *paths);

/** Gives it the statistics, once they are made. */
void reload_tell(struct reload *reload, struct stats *stats);

/** Whether there is a file that SIGHUP reads anew. */
bool reload_is_due(const struct reload *reload);

/** At SIGHUP, beside threads that serve: reads them anew, and says in a line each what came of it.
 */
void reload_again(struct reload *reload);

/** Frees what was read. Twice is fine. */
void reload_deinit(struct reload *reload);

#endif
