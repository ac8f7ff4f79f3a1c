/*
 * stages.h: the command `stages`: where a server spends the time of a request, as it tells in
 * Server-Timing.
 */
#ifndef LOOPLAG_CLIENT_STAGES_COMMAND_H
#define LOOPLAG_CLIENT_STAGES_COMMAND_H

#include "plan/options.h"

/** Runs the command; says on stderr what fails. Returns an exit code (exit_code.h). */
int stages_command(const struct options *options);

#endif
