/*
 * reach.h: how a server is reached, beside its URL: a Unix socket, what is
 * trusted and shown in TLS, and HTTP/2. Texts are borrowed; a zeroed one is
 * plain HTTP/1.1 over TCP, or TLS with the system's certificates.
 */
#ifndef LOOPLAG_CLIENT_REACH_H
#define LOOPLAG_CLIENT_REACH_H

#include <stdbool.h>

struct reach {
    const char *unix_socket; /**< a path; NULL: TCP */
    const char *cacert;      /**< PEM file of what is trusted; NULL: the system's */
    const char *cert;        /**< PEM file of the client's certificate; NULL: none */
    const char *key;         /**< PEM file of its key; NULL: in the same file */
    bool insecure;           /**< any certificate will do */
    bool http2;              /**< requests of a thread share a connection */
};

#endif
