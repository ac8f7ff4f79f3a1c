/*
 * life.h: whether every loop goes round, and telling the service manager so. Only where that has a
 * watchdog; a loop that is stuck keeps the server from telling it, and is restarted with it. Loops
 * that have not taken all the connections that they were given are asked without one, too.
 *
 * A process asks its loops by giving each a connection that is nobody's (loop_ask): the loop marks
 * its worker's record when it takes it, and a callback that ends marks it, too. The process that
 * the manager knows looks at the records of all, which are shared: a worker process that stands
 * still asks no loop, and its loop is not seen any more.
 */
#ifndef LOOPLAG_DAEMON_LIFE_H
#define LOOPLAG_DAEMON_LIFE_H

#include "daemon/daemon.h"

/** Asks the loops of this process, when it is time again. */
void life_ask(struct daemon *daemon);

/**
 * Tells the manager that the server lives, when it is time again and every loop has been seen
 * within half of the manager's patience. In a process that the manager does not know, nothing.
 */
void life_tell(struct daemon *daemon);

/** The longest pause between two calls of these, in ns. */
int64_t life_pause_ns(const struct daemon *daemon);

#endif
