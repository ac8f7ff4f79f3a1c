/*
 * callbacks.h: libmicrohttpd's callbacks: between its events and the exchange of
 * each request. The same callbacks serve every mode.
 */
#ifndef LOOPLAG_HTTP_CALLBACKS_H
#define LOOPLAG_HTTP_CALLBACKS_H

#include "http/http.h"

#include <microhttpd.h>
#include <sys/un.h>

/** One MHD daemon, as the callbacks see it. It outlives the daemon. */
struct http_loop {
    struct http *http;
    struct worker *worker; /**< whose connections these are; the first of several */
    unsigned workers;      /**< more than 1: MHD's own threads, each a worker */
    atomic_uint threads;   /**< of these, how many have shown up */
    /** Connections that the worker ever took and, in a loop that is given them, was given. */
    _Atomic uint64_t given;
};

/**
 * A question to the loop: the address of a connection that is nobody's. When the loop takes it, it
 * marks its worker as seen. It takes connections in the order in which they were given: those given
 * before the question that it has not taken by then libmicrohttpd has dropped, for want of
 * memory and without a word. They count as taken, and ended.
 */
void http_question(const struct http_loop *loop, struct sockaddr_un *question);

/** The MHD_AccessHandlerCallback; cls is the struct http. */
enum MHD_Result http_handle(void *cls, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *upload,
                            size_t *upload_size, void **request);

/** The MHD_RequestCompletedCallback. */
void http_completed(void *cls, struct MHD_Connection *connection, void **request,
                    enum MHD_RequestTerminationCode why);

/**
 * MHD_OPTION_UNESCAPE_CALLBACK: percent-decodes a path or an argument in place and
 * returns its length. "%00" stays as it is: a NUL would end the path early. Takes note of
 * control characters, which can't be told from decoded ones later.
 */
size_t http_unescape(void *cls, struct MHD_Connection *connection, char *text);

/** The MHD_NotifyConnectionCallback; cls is the struct http_loop. */
void http_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                     enum MHD_ConnectionNotificationCode event);

#endif
