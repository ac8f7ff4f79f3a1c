/*
 * diagnose.h: the command `diagnose`: what concurrency a server shows, seen
 * from outside.
 */
#ifndef LOOPLAG_CLIENT_DIAGNOSE_H
#define LOOPLAG_CLIENT_DIAGNOSE_H

#include "plan/options.h"

/** Runs the command; says on stderr what fails. Returns an exit code (exit_code.h). */
int diagnose_command(const struct options *options, int argc, char **argv);

#endif
