/*
 * fuzz_server.c: the whole server, in this process. The first byte chooses the mode and options,
 * the second the size of the pieces in which the rest is sent over a socket pair that is then
 * closed for writing. What comes back must be replies of HTTP, whole or cut by the connection's
 * end; the server must close in time, and afterwards nothing may be in flight or held.
 *
 * A socket pair has no port, so that none is used up; what asks the kernel of TCP (deadlines, the
 * weight of chunks) is not seen here.
 */
#include "base/clock.h"
#include "base/error.h"
#include "config.h"
#include "daemon/daemon.h"
#include "fuzz.h"
#include "json/bind.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 20000,
    LOOKS_AFTER_US = 10, /* and then after twice as long, as far as this many: */
    LOOKS_AFTER_MOST_US = 2000,
    SENDS_FOR_MS = 100,
    PIECES_MOST = 16,
    REPLY_MOST = 1 << 20,
    OPTIONS_MOST = 8
};

/* Each server that an input may meet; small limits, so that short inputs reach them. */
static char rows[][OPTIONS_MOST][32] = {
    {"--mode=select", "--max-body=4kB", "--max-name=100"},
    {"--mode=threads", "--max-body=4kB", "--max-document=20kB"},
    {"--mode=pool", "--workers=2", "--no-keepalive"},
    {"--mode=offload", "--workers=2", "--queue=1", "--large-limit=1", "--large-size=200"},
    {"--mode=select", "--poll=poll", "--large-limit=1", "--large-size=200", "--large-policy=reject",
     "--max-inflight-bytes=30kB"},
    {"--mode=threads", "--large-limit=1", "--large-size=200", "--max-connections-per-ip=9"},
    {"--mode=hybrid", "--workers=2", "--queue=1", "--large-size=200"},
    {"--mode=pool", "--workers=2", "--reserve=1", "--queue=1", "--large-size=200"},
};

static struct daemon *servers[ARRAY_LENGTH(rows)];

static void start(size_t index)
{
    static char all[][32] = {"looplagd", "--port=0", "--no-access-log", "--max-connections=64"};
    char *argv[ARRAY_LENGTH(all) + OPTIONS_MOST + 1] = {NULL};
    int argc = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
        argv[argc++] = all[i];
    for (size_t i = 0; i < OPTIONS_MOST && rows[index][i][0]; i++)
        argv[argc++] = rows[index][i];
    struct daemon_options options;
    fuzz_demand(config_parse(&options, argc, argv) == 0, "a server's options are refused");
    servers[index] = calloc(1, sizeof *servers[index]);
    fuzz_demand(servers[index] && daemon_start(servers[index], &options) == 0,
                "a server does not start");
}

static void stop_all(void)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        daemon_deinit(servers[i]);
        free(servers[i]);
        servers[i] = NULL;
    }
}

/* As the acceptor gives connections, also where the server has a listener of its own. */
static int connect_to(struct daemon *server)
{
    int pair[2];
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(9)};
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fuzz_demand(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "no socket pair");
    fuzz_demand(loop_give(&server->loops[0], pair[1], (struct sockaddr *)&peer, sizeof peer) == 0,
                "a connection is not taken");
    return pair[0];
}

/* What one end of the pair has to say and has heard. */
struct talk {
    const uint8_t *data;
    size_t left;
    size_t piece;
    char *reply;
    size_t length;
    bool sending;
};

/* Sends a piece; after the last one, or where the server has closed, nothing more. */
static void say(struct talk *talk, int fd)
{
    size_t length = talk->left < talk->piece ? talk->left : talk->piece;
    ssize_t sent = length ? send(fd, talk->data, length, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
    if (sent > 0) {
        talk->data += sent;
        talk->left -= (size_t)sent;
    }
    if (talk->left && (sent >= 0 || errno == EAGAIN))
        return;
    talk->sending = false;
    shutdown(fd, SHUT_WR);
}

static void tell_end(void *cls, struct link *link)
{
    (void)cls;
    shutdown(link->fd, SHUT_RD);
}

/* Talks until the server closes. */
static void converse(struct daemon *server, struct talk *talk, int fd)
{
    const int64_t began = clock_now_ns();
    for (struct timespec pause = {.tv_nsec = LOOKS_AFTER_US * NS_PER_US};;) {
        struct pollfd events = {.fd = fd, .events = POLLIN};
        if (talk->sending)
            events.events |= POLLOUT;
        if (ppoll(&events, 1, &pause, NULL) == 0) {
            if (pause.tv_nsec < LOOKS_AFTER_MOST_US * NS_PER_US)
                pause.tv_nsec *= 2;
            /* As the reaper does when TCP says so: libmicrohttpd misses ends that come with data.
             */
            const int64_t waited_ms = (clock_now_ns() - began) / NS_PER_MS;
            if (!talk->sending || waited_ms > SENDS_FOR_MS)
                connections_visit(&server->http.connections, tell_end, NULL);
            fuzz_demand(waited_ms < PATIENCE_MS, "the server neither replies nor closes");
        } else if (events.revents & (POLLIN | POLLHUP | POLLERR)) {
            ssize_t got = recv(fd, talk->reply + talk->length, REPLY_MOST - talk->length, 0);
            if (got <= 0)
                return;
            talk->length += (size_t)got;
        } else if (events.revents & POLLOUT) {
            say(talk, fd);
        }
    }
}

/* The value of a header in a head that ends with a NUL, or NULL. */
static const char *header(const char *head, const char *name)
{
    const size_t length = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':')
            return line + 3 + length;
    }
    return NULL;
}

static bool is_known(int status)
{
    static const int known[] = {100, 200, 400, 404, 405, 408, 411, 413,
                                414, 415, 422, 431, 500, 501, 503, 505};
    for (size_t i = 0; i < ARRAY_LENGTH(known); i++) {
        if (known[i] == status)
            return true;
    }
    return false;
}

/* Whether a reply to HEAD may be among them: such a one has a length and no body. */
static bool asks_for_heads(const uint8_t *data, size_t size)
{
    return memmem(data, size, "HEAD", 4) != NULL;
}

/* Each reply: a status line, printable headers, and as much body as they say. */
static void check_replies(char *reply, size_t length, bool heads)
{
    for (size_t at = 0; at < length;) {
        char *end = memmem(reply + at, length - at, "\r\n\r\n", 4);
        fuzz_demand(end != NULL, "a head is cut");
        end[2] = '\0';
        const char *head = reply + at;
        fuzz_demand(strncmp(head, "HTTP/1.1 ", 9) == 0 || strncmp(head, "HTTP/1.0 ", 9) == 0,
                    "a status line is odd");
        const int status = (int)strtol(head + 9, NULL, 10);
        fuzz_demand(is_known(status), "a status is unknown");
        for (const char *c = head; *c; c++)
            fuzz_demand(isprint((unsigned char)*c) || *c == '\r' || *c == '\n',
                        "a head is not printable");
        const char *told = header(head, "Content-Length");
        fuzz_demand(told || status == 100, "a reply tells no length");
        const size_t body = told && status != 100 ? strtoul(told, NULL, 10) : 0;
        at = (size_t)(end + 4 - reply);
        if (heads)
            return; /* whether there is a body can't be told */
        fuzz_demand(body <= length - at, "a body is cut");
        fuzz_demand(status < 400 || body == 0 || reply[at] == '{' || reply[at] == '<',
                    "a refusal is no JSON");
        at += body;
    }
}

/* Waits until the server has done with all; what it counts must come down to nothing. */
static void check_idle(struct daemon *server)
{
    const struct timespec pause = {.tv_nsec = 5 * LOOKS_AFTER_US * NS_PER_US};
    const int64_t began = clock_now_ns();
    while (clock_now_ns() - began < PATIENCE_MS * NS_PER_MS) {
        if (daemon_in_flight(server) == 0 && budget_read(server->budget).held == 0 &&
            atomic_load(&server->http.connections.count) == 0)
            return;
        nanosleep(&pause, NULL);
    }
    fuzz_demand(daemon_in_flight(server) == 0, "a request stays in flight");
    fuzz_demand(budget_read(server->budget).held == 0, "memory is not given back");
    fuzz_demand(false, "a connection stays");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char reply[REPLY_MOST + 1];
    static unsigned runs;
    if (!servers[0]) {
        bind_setup();
        prctl(PR_SET_TIMERSLACK, 1); /* a pause is as short as it says */
        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
            start(i);
        atexit(stop_all);
    }
    if (size < 2)
        return 0;
    struct daemon *server = servers[data[0] % ARRAY_LENGTH(rows)];
    struct talk talk = {
        .data = data + 2,
        .left = size - 2,
        .piece = data[1] ? (size_t)data[1] * data[1] + size / PIECES_MOST : SIZE_MAX,
        .reply = reply,
        .sending = true,
    };
    const int fd = connect_to(server);
    converse(server, &talk, fd);
    close(fd);
    check_replies(reply, talk.length, asks_for_heads(data, size));
    http_tick(&server->http);
    if (++runs % 16 == 0)
        check_idle(server);
    return 0;
}
