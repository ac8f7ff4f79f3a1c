/*
 * queue_server.c: an HTTP server that is the textbook's queue: one server,
 * first come, first served, a service of D microseconds. "queue_server D".
 *
 * First come is a POST whose last byte came first. Between two services the
 * loop takes in whatever has come: epoll lists sockets in the order in which
 * they became readable, but only edge-triggered: a level-triggered socket stays
 * in the list, and its next request overtakes those of others.
 *
 * Of each service it keeps the occupancy: from the end of the one before, or
 * from waking up, to the moment when the next one can begin. So it holds
 * accepting, reading and writing, besides D. GET /occupancy tells the mean and,
 * in the order of service, each. Any other GET is answered 404 and is no
 * customer.
 *
 * One thread. A service sleeps, so that the clients' CPU is theirs.
 */
#include "plain_http.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 4096, EVENTS = 256, SERVICES = 100000 };

struct connection {
    size_t length;
    bool queued;
    char bytes[4096];
};

static int64_t service_ns;
static int epoll;
static struct connection *connections[CONNECTIONS]; /* by descriptor */
static int queue[CONNECTIONS];                      /* a ring of descriptors */
static size_t first;
static size_t waiting;

static int64_t occupancies[SERVICES]; /* ns */
static size_t served;

static void forget(int fd)
{
    free(connections[fd]);
    connections[fd] = NULL;
    close(fd);
}

static void reply(int fd, const char *status, const char *body)
{
    dprintf(fd, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status, strlen(body), body);
    connections[fd]->length = 0;
}

static void reply_to_get(int fd)
{
    char *body = NULL;
    size_t size;
    FILE *text = open_memstream(&body, &size);
    int64_t sum = 0;
    if (!text)
        exit(1);
    fprintf(text, "{\"ns\": [");
    for (size_t i = 0; i < served; i++) {
        fprintf(text, "%s%lld", i ? ", " : "", (long long)occupancies[i]);
        sum += occupancies[i];
    }
    fprintf(text, "], \"mean_ns\": %lld}", served ? (long long)sum / (long long)served : 0);
    fclose(text);
    bool asked = strncmp(connections[fd]->bytes, "GET /occupancy ", 15) == 0;
    reply(fd, asked ? "200 OK" : "404 Not Found", asked ? body : "");
    free(body);
}

/* Reads until there is no more or the request is whole. */
static void take_in(int fd)
{
    struct connection *connection = connections[fd];
    while (connection && !connection->queued) {
        ssize_t got = recv(fd, connection->bytes + connection->length,
                           sizeof connection->bytes - 1 - connection->length, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            forget(fd);
            return;
        }
        connection->length += (size_t)got;
        connection->bytes[connection->length] = '\0';
        if (!is_whole(connection->bytes, connection->length))
            continue;
        if (strncmp(connection->bytes, "POST ", 5) != 0) {
            reply_to_get(fd);
            continue;
        }
        connection->queued = true;
        queue[(first + waiting++) % CONNECTIONS] = fd;
    }
}

static void take(int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            return;
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.fd = fd};
        if (fd >= CONNECTIONS || !(connections[fd] = calloc(1, sizeof *connections[fd])) ||
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
            exit(1);
        take_in(fd);
    }
}

/* Returns when it could have begun with the next one. */
static int64_t serve_first(int64_t began)
{
    int fd = queue[first];
    first = (first + 1) % CONNECTIONS;
    waiting--;
    hold_until(now_ns() + service_ns);
    reply(fd, "200 OK", "{}");
    connections[fd]->queued = false;
    take_in(fd);
    int64_t ended = now_ns();
    if (served == SERVICES)
        exit(1);
    occupancies[served++] = ended - began;
    return ended;
}

int main(int argc, char **argv)
{
    service_ns = argc == 2 ? strtoll(argv[1], NULL, 10) * 1000 : 0;
    if (service_ns <= 0) {
        fprintf(stderr, "usage: queue_server SERVICE_US\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    int listener = listen_anywhere("queue_server");
    struct epoll_event events[EVENTS] = {{.events = EPOLLIN, .data.fd = listener}};
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &events[0]))
        return 1;
    int64_t began = 0;
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, waiting ? 0 : -1);
        if (!waiting)
            began = now_ns();
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                take(listener);
            else
                take_in(events[i].data.fd);
        }
        if (waiting)
            began = serve_first(began);
    }
}
