/*
 * serve.h: a process that serves: its housekeeping while it waits for the word
 * to end, and the drain.
 */
#ifndef LOOPLAG_DAEMON_SERVE_H
#define LOOPLAG_DAEMON_SERVE_H

#include "daemon/daemon.h"

/**
 * Waits for a word on daemon->words (SIGTERM, SIGINT), then drains. The serve
 * function of engines whose loops run in this process. Returns 0 or DAEMON_CUT.
 */
int serve_until_told(struct daemon *daemon);

/**
 * The same for a worker process, which hears one word from its supervisor. When
 * daemon->retiring is set, connections first get half of the drain time-out to end by
 * themselves: the next reply on each closes it, so that no client meets a connection that
 * was closed just before its request.
 */
int serve_as_child(struct daemon *daemon);

#endif
