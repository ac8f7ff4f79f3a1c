/*
 * reload.h: the files that the server has read and reads anew at SIGHUP. Each is a row: adding one
 * touches that table alone.
 *
 * A file that can't be used at the start stops the server; at SIGHUP it is told, and the server
 * goes on with what it had. Processes are given what their parent had when they were forked.
 */
#ifndef LOOPLAG_DAEMON_RELOAD_H
#define LOOPLAG_DAEMON_RELOAD_H

#include <stdbool.h>

struct daemon;

/** Reads all files, before any thread. Returns 0, or negative after one logged line. */
int reload_init(struct daemon *daemon);

/** Whether there is a file that SIGHUP reads anew. */
bool reload_is_due(const struct daemon *daemon);

/** At SIGHUP, beside threads that serve: reads them anew, and says in a line each what came of it.
 */
void reload(struct daemon *daemon);

/** Frees what was read. Twice is fine. */
void reload_deinit(struct daemon *daemon);

#endif
