/*
 * load.h: the command `load`: sends the classes to one server and reports.
 */
#ifndef LOOPLAG_CLIENT_LOAD_H
#define LOOPLAG_CLIENT_LOAD_H

#include "plan/options.h"

/** Runs the command; says on stderr what fails. Returns an exit code (exit_code.h). */
int load_command(const struct options *options, int argc, char **argv);

#endif
