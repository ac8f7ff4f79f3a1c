/* connections.c: see connections.h. */
#include "http/connections.h"

#include "base/clock.h"
#include "http/lingering.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

void connections_init(struct connections *connections)
{
    memset(connections, 0, sizeof *connections);
    pthread_mutex_init(&connections->lock, NULL);
}

void connections_deinit(struct connections *connections)
{
    pthread_mutex_destroy(&connections->lock);
}

struct link *connections_add(struct connections *connections, int fd, struct worker *worker)
{
    struct link *link = calloc(1, sizeof *link);
    if (!link)
        return NULL;
    link->fd = fd;
    link->worker = worker;
    worker_connection_begins(worker);
    pthread_mutex_lock(&connections->lock);
    link->next = connections->first;
    if (link->next)
        link->next->previous = link;
    connections->first = link;
    pthread_mutex_unlock(&connections->lock);
    atomic_fetch_add(&connections->fresh, 1);
    return link;
}

void connections_remove(struct connections *connections, struct link *link)
{
    if (!link)
        return;
    pthread_mutex_lock(&connections->lock);
    if (link->previous)
        link->previous->next = link->next;
    else
        connections->first = link->next;
    if (link->next)
        link->next->previous = link->previous;
    pthread_mutex_unlock(&connections->lock);
    if (!atomic_load(&link->had_request))
        atomic_fetch_sub(&connections->fresh, 1);
    worker_connection_ends(link->worker);
    free(link);
}

void connections_begin_request(struct connections *connections, struct link *link)
{
    if (!link)
        return;
    atomic_store_explicit(&link->busy, true, memory_order_release);
    if (!atomic_load_explicit(&link->had_request, memory_order_relaxed)) {
        atomic_store(&link->had_request, true);
        atomic_fetch_sub(&connections->fresh, 1);
    }
}

void connections_end_request(struct link *link)
{
    if (link)
        atomic_store_explicit(&link->busy, false, memory_order_release);
}

bool connections_has_unread(const struct link *link)
{
    int bytes = 0;
    return ioctl(link->fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

static bool peer_has_ended(int fd)
{
    struct pollfd end = {.fd = fd, .events = POLLRDHUP};
    return poll(&end, 1, 0) > 0;
}

/* The client has ended its side already. This wakes the thread that polls the socket. */
static void end_reading(int fd)
{
    shutdown(fd, SHUT_RD);
}

void connections_tell_ends(struct connections *connections)
{
    pthread_mutex_lock(&connections->lock);
    for (struct link *link = connections->first; link; link = link->next) {
        if (link->told_end || !peer_has_ended(link->fd) || connections_has_unread(link))
            continue;
        link->told_end = true;
        end_reading(link->fd);
    }
    pthread_mutex_unlock(&connections->lock);
}

/* What the kernel knows; zeroed when it can't tell. */
static struct tcp_info info_of(int fd)
{
    struct tcp_info info = {0};
    socklen_t length = sizeof info;
    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length);
    return info;
}

/* How long the client has said nothing, as the kernel saw it. */
static int64_t silent_ns(int fd)
{
    return info_of(fd).tcpi_last_data_recv * NS_PER_MS;
}

bool connections_end_may_reset(const struct link *link)
{
    char byte;
    ssize_t unread = recv(link->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (unread >= 0)
        return unread > 0;
    return errno == EAGAIN && !link->ended_well && silent_ns(link->fd) < LINGERING_SILENCE_NS;
}

/* In this order: what comes in between is counted as unread. */
uint64_t connections_bytes_read(const struct link *link)
{
    uint64_t received = info_of(link->fd).tcpi_bytes_received;
    int unread = 0;
    if (ioctl(link->fd, FIONREAD, &unread) < 0 || (uint64_t)unread > received)
        return 0;
    return received - (uint64_t)unread;
}

/* In this order: what a loop reads after the first look has begun a request at the last. */
static bool is_over(const struct link *link, int64_t grace_ns)
{
    if (connections_has_unread(link))
        return false;
    if (!atomic_load(&link->had_request) && (grace_ns < 0 || silent_ns(link->fd) < grace_ns))
        return false;
    return !atomic_load(&link->busy);
}

void connections_end_idle(struct connections *connections, int64_t grace_ns)
{
    pthread_mutex_lock(&connections->lock);
    for (const struct link *link = connections->first; link; link = link->next) {
        if (is_over(link, grace_ns))
            end_reading(link->fd);
    }
    pthread_mutex_unlock(&connections->lock);
}
