/*
 * bare_client.c: what a small request on a new connection costs a client at least: an open plan
 * with nothing but the system calls, in one thread. It opens a connection, sends a request that was
 * made before, waits for readiness and for the next planned time as the client does, reads once and
 * closes. Prints the thread's CPU time of each request in us.
 *
 * usage: bare_client PORT RATE SECONDS BODY_FILE
 */
#include "base/clock.h"
#include "base/error.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { EVENTS = 64 };

static char request[16384];
static size_t length;
static struct sockaddr_in server = {.sin_family = AF_INET};
static int epoll;
static int timer;
static uint64_t sent;
static uint64_t answered;

static bool make_request(const char *path)
{
    char body[8192];
    FILE *file = fopen(path, "r");
    size_t size = file ? fread(body, 1, sizeof body, file) : 0;
    if (file)
        fclose(file);
    length = (size_t)snprintf(request, sizeof request,
                              "POST /ping HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n"
                              "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%.*s",
                              size, (int)size, body);
    return size > 0;
}

static bool send_one(void)
{
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connect(fd, (const struct sockaddr *)&server,
            sizeof server); /* it is there at once, or sends fail */
    sent++;
    return send(fd, request, length, MSG_NOSIGNAL) == (ssize_t)length &&
           epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void take_replies(void)
{
    struct epoll_event events[EVENTS];
    char reply[8192];
    int count = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == timer)
            continue;
        ssize_t got = recv(events[i].data.fd, reply, sizeof reply, 0);
        answered += got > 12 && memcmp(reply + 9, "200", 3) == 0;
        close(events[i].data.fd);
    }
}

static void arm(int64_t until_ns)
{
    const struct itimerspec until = {
        .it_value = {.tv_sec = until_ns / NS_PER_S, .tv_nsec = until_ns % NS_PER_S}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &until, NULL);
}

static bool run(int64_t gap_ns, int64_t duration_ns)
{
    int64_t start = clock_now_ns();
    for (int64_t now = start; now < start + duration_ns; now = clock_now_ns()) {
        int64_t due = start + (int64_t)sent * gap_ns;
        if (now >= due && !send_one())
            return false;
        if (now >= due)
            continue;
        arm(due);
        take_replies();
    }
    while (answered < sent && clock_now_ns() < start + 2 * duration_ns)
        take_replies();
    return answered == sent;
}

int main(int argc, char **argv)
{
    double rate = argc == 5 ? atof(argv[2]) : 0;
    if (rate <= 0 || !make_request(argv[4])) {
        fprintf(stderr, "usage: bare_client PORT RATE SECONDS BODY_FILE\n");
        return 2;
    }
    server.sin_port = htons((uint16_t)atoi(argv[1]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = timer};
    epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event);
    int64_t cpu = clock_thread_cpu_ns();
    bool whole =
        run((int64_t)((double)NS_PER_S / rate), (int64_t)(atof(argv[3]) * (double)NS_PER_S));
    printf("%.3f\n", (double)(clock_thread_cpu_ns() - cpu) / (double)NS_PER_US / (double)sent);
    return whole ? 0 : 1;
}
