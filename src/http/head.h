/*
 * head.h: reads a request's head off libmicrohttpd, through the guard.
 */
#ifndef LOOPLAG_HTTP_HEAD_H
#define LOOPLAG_HTTP_HEAD_H

#include "http/request.h"

#include <microhttpd.h>

/** Room for a request id and its NUL; a longer one is cut. */
#define HEAD_ID_SIZE 65

/**
 * Fills *head (its texts are the connection's) and copies the X-Request-ID,
 * made printable, into `id` ("" without one).
 */
void head_read(struct MHD_Connection *connection, const char *method, const char *target,
               const char *version, struct request_head *head, char id[HEAD_ID_SIZE]);

#endif
