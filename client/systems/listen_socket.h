/* listen_socket.h: ports of this machine: one to listen on, and who listens already. */
#ifndef LOOPLAG_CLIENT_LISTEN_SOCKET_H
#define LOOPLAG_CLIENT_LISTEN_SOCKET_H

/**
 * Listens on 127.0.0.1; port 0: the kernel chooses, and no other program can
 * take the port before the server has it. Returns the descriptor, which is
 * the caller's to close, and the port in `*bound`; or a negative errno.
 */
int listen_socket_open(unsigned port, unsigned *bound);

/**
 * The same on a free port that the kernel gives no outgoing connection, so that it stays free when
 * the socket is closed and another program is told to listen there.
 */
int listen_socket_open_spare(unsigned *bound);

/**
 * Which address of this machine accepts connections on a port, as it stands in
 * a URL: "127.0.0.1" or "[::1]"; NULL: neither does.
 */
const char *listen_socket_find(unsigned port);

#endif
