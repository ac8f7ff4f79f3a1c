/*
 * users.h: the command `users`: who sends a looplagd its large requests, and what they cost the
 * others.
 */
#ifndef LOOPLAG_CLIENT_USERS_H
#define LOOPLAG_CLIENT_USERS_H

#include "plan/options.h"

/** Runs the command; says on stderr what fails. Returns an exit code (exit_code.h). */
int users_command(const struct options *options);

#endif
