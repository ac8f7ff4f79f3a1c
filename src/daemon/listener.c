/* listener.c: see listener.h. */
#include "daemon/listener.h"

#include "base/log.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096 };

static int bind_and_listen(int fd, const struct addrinfo *address, bool shared)
{
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, address->ai_addr, address->ai_addrlen) < 0)
        return -errno;
    /* Only now: a port that another server listens on is still refused. */
    if (shared)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (listen(fd, BACKLOG) < 0)
        return -errno;
    return 0;
}

static void write_url(struct listener *listener, const char *scheme)
{
    struct sockaddr_storage bound = {0};
    socklen_t length = sizeof bound;
    char host[INET6_ADDRSTRLEN];
    char port[8];
    getsockname(listener->fd, (struct sockaddr *)&bound, &length);
    getnameinfo((struct sockaddr *)&bound, length, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(listener->url, sizeof listener->url,
             bound.ss_family == AF_INET6 ? "%s://[%s]:%s" : "%s://%s:%s", scheme, host, port);
}

static void log_refusal(int error, const char *host, uint16_t port)
{
    if (error == EADDRINUSE)
        log_message("port %u on %s is in use; choose another with --port, or --port=0 for any",
                    port, host);
    else
        log_message("can't listen on %s port %u: %s", host, port, strerror(error));
}

int listener_open(struct listener *listener, const char *host, uint16_t port, bool shared,
                  const char *scheme)
{
    char service[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    *listener = (struct listener){.fd = -1};
    snprintf(service, sizeof service, "%u", port);
    int status = getaddrinfo(host, service, &hints, &found);
    if (status) {
        log_message("--host=%s: %s", host, gai_strerror(status));
        return -EINVAL;
    }
    int error = 0;
    listener->fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener->fd < 0)
        error = -errno;
    else
        error = bind_and_listen(listener->fd, found, shared);
    freeaddrinfo(found);
    if (error) {
        log_refusal(-error, host, port);
        listener_close(listener);
        return error;
    }
    write_url(listener, scheme);
    return 0;
}

int listener_share(struct listener *listeners, unsigned count)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    const int on = 1;
    if (getsockname(listeners[0].fd, (struct sockaddr *)&address, &length) < 0)
        return -errno;
    for (unsigned i = 1; i < count; i++) {
        listeners[i] = listeners[0];
        int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        listeners[i].fd = fd;
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0 ||
            bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, BACKLOG) < 0) {
            int error = -errno;
            log_message("can't share %s among %u sockets: %s", listeners[0].url, count,
                        strerror(-error));
            listener_close(&listeners[i]);
            return error;
        }
    }
    return 0;
}

bool listener_is_loopback(const struct listener *listener)
{
    struct sockaddr_storage bound = {0};
    socklen_t length = sizeof bound;
    getsockname(listener->fd, (struct sockaddr *)&bound, &length);
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)&bound)->sin6_addr;
    struct sockaddr_in v4;
    memcpy(&v4, &bound, sizeof v4);
    if (bound.ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(v6);
    return ntohl(v4.sin_addr.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
}

int listener_no_wait(const struct listener *listener)
{
    return fcntl(listener->fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

bool listener_has_backlog(const struct listener *listener)
{
    struct pollfd listening = {.fd = listener->fd, .events = POLLIN};
    return poll(&listening, 1, 0) > 0;
}

void listener_drop_new(const struct listener *listener)
{
    enum { TCP_FLAGS_AT = 13, TCP_SYN = 2, PASS = -1, DROP = 0 };
    struct sock_filter no_syn[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TCP_FLAGS_AT),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TCP_SYN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, DROP),
        BPF_STMT(BPF_RET | BPF_K, (unsigned)PASS),
    };
    struct sock_fprog filter = {ARRAY_LENGTH(no_syn), no_syn};
    /* Where this fails, a connection made in the last moment may be reset. */
    setsockopt(listener->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

void listener_refuse(const struct listener *listener)
{
    shutdown(listener->fd, SHUT_RD);
}

void listener_close(struct listener *listener)
{
    if (listener->fd >= 0)
        close(listener->fd);
    listener->fd = -1;
}
