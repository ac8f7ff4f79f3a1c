/*
 * stall_server.c: an HTTP server whose stalls are known: for the first HOLD ms
 * of every PERIOD ms since its start it does nothing, otherwise it
 * answers at once. So waits are uniform on (0, HOLD) for HOLD/PERIOD of the
 * requests, and every percentile can be computed on paper.
 *
 * As "stall_server large HOLD_MS DELAY_MS [TOLD_MS]" it holds everything for
 * HOLD ms for each request of a class named large, and tells so as looplagd
 * does (or tells TOLD ms instead, which a prediction then believes); every
 * other reply leaves DELAY ms after its request came, or when the loop is free.
 *
 * One thread, one loop.
 */
#include "plain_http.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 8000 };

struct connection {
    char bytes[16384];
    size_t length;
    int64_t due_ns; /* when the reply leaves; 0 while there is none */
};

static int64_t started_ns;
static int64_t period_ns; /* 0: large requests hold the loop */
static int64_t hold_ns;
static int64_t delay_ns;
static double told_ms; /* of a hold */

static struct pollfd polled[CONNECTIONS + 1];
static struct connection *connections[CONNECTIONS + 1];
static nfds_t used = 1;

/* Waits out a periodic stall, if now is one. */
static void stall(void)
{
    int64_t now = now_ns();
    int64_t phase = period_ns ? (now - started_ns) % period_ns : hold_ns;
    if (phase < hold_ns)
        hold_until(now + hold_ns - phase);
}

static void forget(nfds_t index)
{
    close(polled[index].fd);
    free(connections[index]);
    used--;
    polled[index] = polled[used];
    connections[index] = connections[used];
}

/* What a looplagd with one loop tells of itself, as far as the client reads it. */
static const char stats[] =
    "{\"mode\": \"select\", \"serving\": {\"one_loop\": true}, \"loop_hold_ms\": {\"count\": 0, "
    "\"min\": null, \"p50\": null, \"mean\": null, \"p90\": null, \"p95\": null, \"p99\": null, "
    "\"max\": null}, \"process\": {\"rss_peak_bytes\": 0, \"cpu_seconds\": 0}}";

static void answer(nfds_t index)
{
    const struct connection *connection = connections[index];
    const char *body = strstr(connection->bytes, "GET /stats ") == connection->bytes ? stats : "{}";
    double held = strstr(connection->bytes, "X-Request-ID: large-") ? told_ms : 0;
    char reply[1024];
    int length = snprintf(reply, sizeof reply,
                          "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n"
                          "Server-Timing: parse;dur=%.3f, total;dur=%.3f\r\n\r\n%s",
                          strlen(body), held, held, body);
    send(polled[index].fd, reply, (size_t)length, MSG_NOSIGNAL);
    forget(index);
}

/* Reads what came; a whole request is answered at once or when it is due. */
static void serve(nfds_t index)
{
    struct connection *connection = connections[index];
    ssize_t got = recv(polled[index].fd, connection->bytes + connection->length,
                       sizeof connection->bytes - 1 - connection->length, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return;
    connection->length += got > 0 ? (size_t)got : 0;
    if (got <= 0) {
        forget(index);
        return;
    }
    connection->bytes[connection->length] = '\0';
    if (!is_whole(connection->bytes, connection->length))
        return;
    bool large = !period_ns && strstr(connection->bytes, "X-Request-ID: large-");
    if (large)
        hold_until(now_ns() + hold_ns);
    if (large || delay_ns == 0) {
        answer(index);
        return;
    }
    connection->due_ns = now_ns() + delay_ns;
    polled[index].events = 0;
}

/* Sends the replies that are due. Returns ns until the next one, or -1. */
static int64_t answer_due(void)
{
    int64_t next = -1;
    for (nfds_t i = used; i-- > 1;) {
        int64_t left = connections[i]->due_ns - now_ns();
        if (connections[i]->due_ns == 0)
            continue;
        if (left <= 0)
            answer(i);
        else if (next < 0 || left < next)
            next = left;
    }
    return next;
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

int main(int argc, char **argv)
{
    bool on_large = (argc == 4 || argc == 5) && strcmp(argv[1], "large") == 0;
    if (argc != 3 && !on_large) {
        fprintf(stderr, "usage: stall_server PERIOD_MS HOLD_MS\n"
                        "       stall_server large HOLD_MS DELAY_MS [TOLD_MS]\n");
        return 2;
    }
    started_ns = now_ns();
    period_ns = on_large ? 0 : strtoll(argv[1], NULL, 10) * 1000000;
    hold_ns = strtoll(argv[2], NULL, 10) * 1000000;
    delay_ns = on_large ? strtoll(argv[3], NULL, 10) * 1000000 : 0;
    told_ms = argc == 5 ? strtod(argv[4], NULL) : (double)hold_ns / 1e6;
    polled[0] = (struct pollfd){.fd = listen_anywhere("stall_server"), .events = POLLIN};
    for (;;) {
        int64_t left = answer_due();
        struct timespec timeout = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
        if (ppoll(polled, used, left < 0 ? NULL : &timeout, NULL) < 0)
            return 1;
        stall();
        for (nfds_t i = used; i-- > 1;) {
            if (polled[i].revents)
                serve(i);
        }
        if (polled[0].revents)
            take(polled[0].fd);
    }
}
