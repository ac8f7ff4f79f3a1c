/*
 * options_parse.h: the command line becomes options, and the help that is
 * printed of it.
 */
#ifndef LOOPLAG_CLIENT_OPTIONS_PARSE_H
#define LOOPLAG_CLIENT_OPTIONS_PARSE_H

#include "plan/options.h"

#include <stdio.h>

/** The command line was not understood: one line in `error` says why. */
#define OPTIONS_INVALID 1

/** Parses argv. Returns 0 or OPTIONS_INVALID (deinit it all the same). */
int options_parse(struct options *options, int argc, char **argv, char error[OPTIONS_ERROR_SIZE]);

/** Frees what was read from files. Twice is fine. */
void options_deinit(struct options *options);

/** Prints the help of a command, or of the program for COMMAND_HELP. */
void options_print_help(enum command topic, FILE *out);

/** Prints the option rows: see option_print_rows. */
void options_print_rows(FILE *out);

#endif
