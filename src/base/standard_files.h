/*
 * standard_files.h: descriptors 0, 1 and 2 are taken before anything else is
 * opened: in one that a program is started without, the kernel would put the
 * next file or socket, and what is printed would go there.
 */
#ifndef LOOPLAG_BASE_STANDARD_FILES_H
#define LOOPLAG_BASE_STANDARD_FILES_H

/**
 * Opens those that are closed: the standard input is empty then, what goes to
 * the standard error is forgotten, and writing to the standard output fails
 * with EBADF, since who reads it would wait in vain. First thing in main.
 */
void standard_files_hold(void);

#endif
