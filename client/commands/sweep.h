/*
 * sweep.h: the command `sweep`: which is, per system, the largest load (size, connections, rate)
 * with which the objectives are kept.
 */
#ifndef LOOPLAG_CLIENT_SWEEP_H
#define LOOPLAG_CLIENT_SWEEP_H

#include "plan/options.h"

/** Runs the command; says on stderr what fails. Returns an exit code (exit_code.h). */
int sweep_command(const struct options *options, int argc, char **argv);

#endif
