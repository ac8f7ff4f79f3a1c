/* listen_socket.c: see listen_socket.h. */
#include "systems/listen_socket.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "base/units.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024, PORT_MOST = 65535, FIRST_GIVEN = 32768 };

int listen_socket_open(unsigned port, unsigned *bound)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t length = sizeof address;
    const int yes = 1;
    if (port > PORT_MOST)
        return -EINVAL;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    /*
     * Inherited by what is accepted: uvicorn takes the descriptor for a Unix
     * socket's and leaves it off, which costs a reply on a kept connection 40 ms.
     */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (bind(fd, (const struct sockaddr *)&address, length) || listen(fd, BACKLOG) ||
        getsockname(fd, (struct sockaddr *)&address, &length)) {
        int r = -errno;
        close(fd);
        return r;
    }
    *bound = ntohs(address.sin_port);
    return fd;
}

/*
 * The first port that the kernel gives outgoing connections; what it is by default if it is not
 * told.
 */
static unsigned first_given_port(void)
{
    char line[64] = "";
    FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    if (file) {
        if (!fgets(line, sizeof line, file))
            line[0] = '\0';
        fclose(file);
    }
    line[strcspn(line, " \t\n")] = '\0';
    int64_t first = 0;
    return units_parse_integer(line, 0, PORT_MOST, &first) ? FIRST_GIVEN : (unsigned)first;
}

int listen_socket_open_spare(unsigned *bound)
{
    enum { PORT_LEAST = 10000, TRIES = 64 };
    const unsigned end = first_given_port();
    uint64_t state = (uint64_t)clock_now_ns() ^ (uint64_t)getpid() << 32;
    for (int i = 0; end > PORT_LEAST && i < TRIES; i++) {
        unsigned port = PORT_LEAST + (unsigned)(random_next(&state) % (end - PORT_LEAST));
        int fd = listen_socket_open(port, bound);
        if (fd >= 0)
            return fd;
    }
    return listen_socket_open(0, bound);
}

/*
 * Whether a connection is taken; on this machine that is known at once. Where nobody listens, a
 * socket that the kernel happens to give the same port connects to itself.
 */
static bool accepts(const struct sockaddr *address, socklen_t length)
{
    struct sockaddr_storage own;
    socklen_t own_length = sizeof own;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool taken = fd >= 0 && connect(fd, address, length) == 0 &&
                 getsockname(fd, (struct sockaddr *)&own, &own_length) == 0 &&
                 (own_length != length || memcmp(&own, address, length) != 0);
    if (fd >= 0)
        close(fd);
    return taken;
}

const char *listen_socket_find(unsigned port)
{
    const struct sockaddr_in four = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const struct sockaddr_in6 six = {
        .sin6_family = AF_INET6,
        .sin6_port = htons((uint16_t)port),
        .sin6_addr = IN6ADDR_LOOPBACK_INIT,
    };
    if (accepts((const struct sockaddr *)&four, sizeof four))
        return "127.0.0.1";
    return accepts((const struct sockaddr *)&six, sizeof six) ? "[::1]" : NULL;
}
