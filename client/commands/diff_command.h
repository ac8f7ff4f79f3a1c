/*
 * diff_command.h: the command `diff`: whether two saved results differ.
 */
#ifndef LOOPLAG_CLIENT_DIFF_COMMAND_H
#define LOOPLAG_CLIENT_DIFF_COMMAND_H

#include "plan/options.h"

/** Runs the command; says on stderr what fails. Returns an exit code (exit_code.h). */
int diff_command(const struct options *options);

#endif
