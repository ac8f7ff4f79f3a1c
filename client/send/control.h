/*
 * control.h: how people stop the client. SIGINT, SIGTERM and SIGHUP are blocked in
 * every thread and fetched by the main one, so that no code runs in a handler.
 */
#ifndef LOOPLAG_CLIENT_CONTROL_H
#define LOOPLAG_CLIENT_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Blocks SIGINT, SIGTERM and SIGHUP, ignores SIGPIPE, sharpens timers and raises the
 * limit of open files. Before the first thread.
 */
void control_init(void);

/** Undoes control_init in a forked child, before it runs another program. */
void control_reset_child(void);

/**
 * Waits `ns` ns (0: only looks) or until a signal comes. Returns true when one
 * came now or earlier.
 */
bool control_wait(int64_t ns);

#endif
