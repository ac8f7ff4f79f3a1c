/*
 * compare.h: the command `compare`: starts a looplagd for each mode and
 * endpoint and measures them in turns, so that drift hits all alike.
 */
#ifndef LOOPLAG_CLIENT_COMPARE_H
#define LOOPLAG_CLIENT_COMPARE_H

#include "options.h"

/** Runs the command; says on stderr what fails. Returns an exit code (load.h). */
int compare_command(const struct options *options, int argc, char **argv);

#endif
