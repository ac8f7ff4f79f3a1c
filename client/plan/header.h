/*
 * header.h: request headers as they are given, "Name: value": what one may
 * hold, and files of them, so that no secret has to stand on a command line.
 */
#ifndef LOOPLAG_CLIENT_HEADER_H
#define LOOPLAG_CLIENT_HEADER_H

#include <stdbool.h>
#include <stddef.h>

/** Text in front of the name of a file. */
#define HEADER_FILE_MARK '@'

enum { HEADER_FILE_MOST = 65536, HEADER_ERROR_SIZE = 160 };

/**
 * NULL if it is a header that may be sent, else what is wrong with it, to follow "NAME: ": static
 * text. Content-Length and Transfer-Encoding are refused: the client frames each body itself.
 */
const char *header_wrong(const char *line);

/** Whether two lines set the same header. */
bool header_is_same(const char *line, const char *other);

/** Whether one of a NULL-terminated list, which may be NULL, sets the same header as a line. */
bool header_is_among(const char *const *headers, const char *line);

/**
 * Reads a file with a header a line; empty lines and those that begin with '#'
 * are left out. *text is the file's content, to be freed, with a NUL at the end
 * of each line; lines[] points into it. Returns how many lines there are, or -1
 * and in `error` what is wrong, to follow "NAME: ".
 */
int header_read_file(const char *path, char **text, const char **lines, size_t most,
                     char error[HEADER_ERROR_SIZE]);

#endif
