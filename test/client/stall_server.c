/*
 * stall_server.c: an HTTP server whose stalls are known: for the first HOLD ms
 * of every PERIOD ms of the monotonic clock it does nothing, otherwise it
 * answers at once. So waits are uniform on (0, HOLD) for HOLD/PERIOD of the
 * requests, and every percentile can be computed on paper.
 *
 * One thread, one loop. usage: stall_server PERIOD_MS HOLD_MS
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 1000 };

struct connection {
    char bytes[65536];
    size_t length;
};

static struct pollfd polled[CONNECTIONS + 1];
static struct connection *connections[CONNECTIONS + 1];
static nfds_t used = 1;

/* Waits out a stall, if now is one. */
static void stall(int64_t period_ns, int64_t hold_ns)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    if (ns % period_ns >= hold_ns)
        return;
    ns += hold_ns - ns % period_ns;
    struct timespec until = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
}

static void forget(nfds_t index)
{
    close(polled[index].fd);
    free(connections[index]);
    used--;
    polled[index] = polled[used];
    connections[index] = connections[used];
}

/* Whether the headers and the body that they announce have come. */
static int is_whole(struct connection *connection)
{
    connection->bytes[connection->length] = '\0';
    const char *end = strstr(connection->bytes, "\r\n\r\n");
    const char *length = strcasestr(connection->bytes, "\r\ncontent-length:");
    if (!end)
        return 0;
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    return connection->length >= (size_t)(end + 4 - connection->bytes) + body;
}

static void serve(nfds_t index)
{
    static const char reply[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    struct connection *connection = connections[index];
    ssize_t got = recv(polled[index].fd, connection->bytes + connection->length,
                       sizeof connection->bytes - 1 - connection->length, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return;
    connection->length += got > 0 ? (size_t)got : 0;
    int whole = got > 0 && is_whole(connection);
    if (whole)
        send(polled[index].fd, reply, sizeof reply - 1, MSG_NOSIGNAL);
    if (whole || got <= 0)
        forget(index);
}

static void take(int listener)
{
    while (used <= CONNECTIONS) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            return;
        polled[used] = (struct pollfd){.fd = fd, .events = POLLIN};
        connections[used] = calloc(1, sizeof *connections[used]);
        if (!connections[used++])
            exit(1);
    }
}

static int listen_anywhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) || listen(fd, 1024) ||
        getsockname(fd, (struct sockaddr *)&address, &size)) {
        perror("stall_server");
        exit(1);
    }
    printf("http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: stall_server PERIOD_MS HOLD_MS\n");
        return 2;
    }
    int64_t period_ns = strtoll(argv[1], NULL, 10) * 1000000;
    int64_t hold_ns = strtoll(argv[2], NULL, 10) * 1000000;
    polled[0] = (struct pollfd){.fd = listen_anywhere(), .events = POLLIN};
    for (;;) {
        if (poll(polled, used, -1) < 0)
            return 1;
        stall(period_ns, hold_ns);
        for (nfds_t i = used; i-- > 1;) {
            if (polled[i].revents)
                serve(i);
        }
        if (polled[0].revents)
            take(polled[0].fd);
    }
}
