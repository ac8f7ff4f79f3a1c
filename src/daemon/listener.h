/*
 * listener.h: the listening socket, made here rather than by libmicrohttpd so
 * that a port in use or an unknown host is told in words.
 */
#ifndef LOOPLAG_DAEMON_LISTENER_H
#define LOOPLAG_DAEMON_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

/** Room for "https://[address]:port" and its NUL. */
#define LISTENER_URL_SIZE 80

struct listener {
    int fd;                      /**< -1: closed */
    char url[LISTENER_URL_SIZE]; /**< with the port that the kernel gave */
};

/**
 * Listens on host (name or address) and port (0: the kernel picks one);
 * `shared`: listener_share will follow. `scheme` is the URL's.
 * Returns 0, or a negated errno after logging one line that says why.
 */
int listener_open(struct listener *listener, const char *host, uint16_t port, bool shared,
                  const char *scheme);

/**
 * Opens `count` - 1 more sockets on the address of listeners[0], which is open:
 * the kernel deals new connections out to all of them (SO_REUSEPORT). Returns 0, or a
 * negated errno after logging one line.
 */
int listener_share(struct listener *listeners, unsigned count);

/** Whether only this machine reaches it. */
bool listener_is_loopback(const struct listener *listener);

/** Makes accept return at once when nobody waits. Returns 0 or negative. */
int listener_no_wait(const struct listener *listener);

/** Whether the kernel has accepted a connection that nobody has taken. */
bool listener_has_backlog(const struct listener *listener);

/**
 * Drops new connection requests while handshakes under way complete, so that
 * the backlog runs dry for good and the socket can be closed without resetting
 * a connection that the kernel has accepted.
 */
void listener_drop_new(const struct listener *listener);

/**
 * Stops listening: who connects now is refused. The descriptor stays until listener_close, so that
 * a loop that still names it can't meet a stranger under its number; whoever polls it would spin,
 * so nobody may: loop_refuse comes first.
 */
void listener_refuse(const struct listener *listener);

/** Closes the socket. Twice is fine. */
void listener_close(struct listener *listener);

#endif
