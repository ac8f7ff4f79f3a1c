/*
 * strays.h: what servers have started and left in no process group of theirs, as a program does
 * that goes into the background or opens a session of its own. The kernel makes it our child once
 * its parent has ended.
 */
#ifndef LOOPLAG_CLIENT_STRAYS_H
#define LOOPLAG_CLIENT_STRAYS_H

/** From now on orphans below us become our children. Called before the first server is started. */
void strays_adopt(void);

/**
 * Ends all children that we have and did not have before strays_adopt: with SIGTERM, after a second
 * with SIGKILL. To be called when every server is stopped.
 */
void strays_end(void);

#endif
