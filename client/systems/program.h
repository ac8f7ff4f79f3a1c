/* program.h: finds the programs that systems under test are made of. */
#ifndef LOOPLAG_CLIENT_PROGRAM_H
#define LOOPLAG_CLIENT_PROGRAM_H

#include <stdbool.h>

enum { PROGRAM_PATH_SIZE = 4096 };

/**
 * Finds an executable: `name` itself if it has a slash, else in PATH, then in
 * the folders of system daemons, which are in root's PATH only.
 */
bool program_find(const char *name, char path[PROGRAM_PATH_SIZE]);

/** Finds a file beside this program, relative to its folder; `mode` is access()'s. */
bool program_find_beside(const char *relative, int mode, char path[PROGRAM_PATH_SIZE]);

#endif
