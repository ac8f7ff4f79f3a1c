/*
 * standard_files.h: keeps descriptors 0, 1 and 2 from other use. Where a program
 * is started without one of them, the kernel would give its number to the next
 * file or socket, and what is printed would go there.
 */
#ifndef LOOPLAG_BASE_STANDARD_FILES_H
#define LOOPLAG_BASE_STANDARD_FILES_H

/**
 * Opens those that are closed: the standard input is empty then, the standard
 * error takes everything, and writing to the standard output fails with EBADF,
 * so that lost output is noticed. The first call of main.
 */
void standard_files_hold(void);

#endif
