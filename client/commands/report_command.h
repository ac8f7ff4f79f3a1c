/*
 * report_command.h: the command `report`: renders saved results, several as
 * one.
 */
#ifndef LOOPLAG_CLIENT_REPORT_COMMAND_H
#define LOOPLAG_CLIENT_REPORT_COMMAND_H

#include "plan/options.h"

/** Runs the command; says on stderr what fails. Returns an exit code (exit_code.h). */
int report_command(const struct options *options, int argc, char **argv);

#endif
