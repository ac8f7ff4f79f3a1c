/*
 * manager.h: the service manager (systemd, or who speaks its protocol): what it is told of this
 * service in datagrams to $NOTIFY_SOCKET, and how often it wants to hear that the service lives.
 * The protocol is that of sd_notify(3), which promises that it stays; nothing is told where the
 * variable is not set.
 */
#ifndef LOOPLAG_DAEMON_MANAGER_H
#define LOOPLAG_DAEMON_MANAGER_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct manager {
    int fd; /**< -1: there is nobody to tell */
    struct sockaddr_un address;
    socklen_t length;
    int64_t watchdog_ns; /**< it must hear from us more often than this; 0: it need not */
};

/** Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID, and takes them out of the environment.
 */
void manager_init(struct manager *manager);
void manager_deinit(struct manager *manager);

/** The service serves: for the first time, or again after a reload. `status` is for people. */
void manager_ready(const struct manager *manager, const char *status);

/** It reads its files anew. manager_ready must follow. */
void manager_reloading(const struct manager *manager);

/** It was told to end. */
void manager_stopping(const struct manager *manager);

/** It lives. */
void manager_feed(const struct manager *manager);

#endif
