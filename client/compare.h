/*
 * compare.h: the command `compare`: starts a looplagd for each mode and
 * endpoint and measures them in turns, so that drift hits all alike.
 */
#ifndef LOOPLAG_CLIENT_COMPARE_H
#define LOOPLAG_CLIENT_COMPARE_H

#include "options.h"

struct result;

/** A comparison ended early: the reason has been told. */
enum { COMPARE_FAILED = 1, COMPARE_INTERRUPTED };

/**
 * Starts a server of the program at `path` for each mode and endpoint,
 * measures and concludes, and stops them. The caller frees the result, also
 * when this fails; `options` must live as long. Returns 0, COMPARE_FAILED,
 * COMPARE_INTERRUPTED or a negative errno.
 */
int compare_measure(const struct options *options, const char *path, int argc, char **argv,
                    struct result *result);

/** Runs the command; says on stderr what fails. Returns an exit code (load.h). */
int compare_command(const struct options *options, int argc, char **argv);

#endif
