/*
 * load.h: the command `load`: sends the classes to one server and reports.
 */
#ifndef LOOPLAG_CLIENT_LOAD_H
#define LOOPLAG_CLIENT_LOAD_H

#include "plan/options.h"

/** The program's exit codes. */
enum {
    EXIT_OK = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_UNTRUSTWORTHY = 98, /**< the client itself was late: see audit.h */
    EXIT_SLO = 99,
    EXIT_INTERRUPTED = 130
};

/** Runs the command; says on stderr what fails. Returns an exit code. */
int load_command(const struct options *options, int argc, char **argv);

#endif
