/* listen_socket.h: a listening socket that a server which we start inherits. */
#ifndef LOOPLAG_CLIENT_LISTEN_SOCKET_H
#define LOOPLAG_CLIENT_LISTEN_SOCKET_H

/**
 * Listens on 127.0.0.1; port 0: the kernel chooses, and no other program can
 * take the port before the server has it. Returns the descriptor, which is
 * the caller's to close, and the port in `*bound`; or a negative errno.
 */
int listen_socket_open(unsigned port, unsigned *bound);

#endif
