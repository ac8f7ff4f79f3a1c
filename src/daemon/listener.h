/*
 * listener.h: the listening socket, made here rather than by libmicrohttpd so
 * that a port in use or an unknown host is told in words.
 */
#ifndef LOOPLAG_DAEMON_LISTENER_H
#define LOOPLAG_DAEMON_LISTENER_H

#include <stdint.h>

/** Room for "http://[address]:port" and its NUL. */
#define LISTENER_URL_SIZE 80

struct listener {
    int fd;                      /**< -1: closed */
    char url[LISTENER_URL_SIZE]; /**< with the port that the kernel gave */
};

/**
 * Listens on host (name or address) and port (0: the kernel picks one).
 * Returns 0, or a negated errno after logging one line that says why.
 */
int listener_open(struct listener *listener, const char *host, uint16_t port);

/**
 * Drops new connection requests while handshakes under way complete, so that
 * the backlog runs dry for good and the socket can be closed without resetting
 * a connection that the kernel has accepted.
 */
void listener_drop_new(const struct listener *listener);

/**
 * Stops listening: who connects now is refused. The descriptor stays, so that
 * a loop that still names it can't meet another socket under its number.
 */
void listener_refuse(const struct listener *listener);

/** Closes the socket. Twice is fine. */
void listener_close(struct listener *listener);

#endif
