/* connections.c: see connections.h. */
#include "http/connections.h"

#include "base/clock.h"
#include "http/lingering.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

void connections_init(struct connections *connections)
{
    memset(connections, 0, sizeof *connections);
    pthread_mutex_init(&connections->lock, NULL);
}

void connections_deinit(struct connections *connections)
{
    pthread_mutex_destroy(&connections->lock);
}

struct link *connections_add(struct connections *connections, int fd, struct worker *worker,
                             struct tls_session *tls)
{
    struct link *link = calloc(1, sizeof *link);
    if (!link)
        return NULL;
    link->fd = fd;
    link->worker = worker;
    link->tls = tls;
    sighting_begin(&link->sighting, clock_now_ns());
    worker_connection_begins(worker);
    pthread_mutex_lock(&connections->lock);
    link->next = connections->first;
    *(link->next ? &link->next->previous : &connections->last) = link;
    connections->first = link;
    pthread_mutex_unlock(&connections->lock);
    atomic_fetch_add(&connections->count, 1);
    return link;
}

unsigned connections_count_address(struct connections *connections, struct link *link,
                                   const struct sockaddr *address)
{
    const uint64_t key =
        connections->addresses ? addresses_key(connections->addresses, address) : 0;
    if (!key)
        return 0;
    pthread_mutex_lock(&connections->lock);
    const unsigned count = addresses_add(connections->addresses, connections->process, key);
    link->address = count ? key : 0;
    pthread_mutex_unlock(&connections->lock);
    return count;
}

void connections_remove(struct connections *connections, struct link *link)
{
    if (!link)
        return;
    pthread_mutex_lock(&connections->lock);
    *(link->previous ? &link->previous->next : &connections->first) = link->next;
    *(link->next ? &link->next->previous : &connections->last) = link->previous;
    if (connections->next_visited == link)
        connections->next_visited = link->next;
    if (link->address)
        addresses_remove(connections->addresses, connections->process, link->address);
    pthread_mutex_unlock(&connections->lock);
    if (link_phase_of(atomic_load(&link->turn)) == LINK_CUT)
        atomic_fetch_sub(&connections->leaving, 1);
    atomic_fetch_sub(&connections->count, 1);
    worker_connection_ends(link->worker);
    free(link);
}

bool connections_turn(struct link *link, enum link_phase phase)
{
    uint64_t turn = link->known_turn;
    if (link_phase_of(turn) == phase)
        return !connections_is_cut(link);
    link->known_turn = (turn | (LINK_TURN - 1)) + 1 + phase;
    return atomic_compare_exchange_strong(&link->turn, &turn, link->known_turn);
}

void connections_count_work(struct link *link)
{
    if (!atomic_load_explicit(&link->counted, memory_order_relaxed) &&
        !atomic_exchange(&link->counted, true))
        atomic_fetch_add(&link->worker->working, 1);
}

void connections_uncount_work(struct link *link)
{
    if (atomic_load_explicit(&link->counted, memory_order_relaxed) &&
        atomic_exchange(&link->counted, false))
        atomic_fetch_sub(&link->worker->working, 1);
}

bool connections_cut(struct connections *connections, struct link *link, uint64_t turn)
{
    if (!atomic_compare_exchange_strong(&link->turn, &turn, turn - link_phase_of(turn) + LINK_CUT))
        return false;
    atomic_fetch_add(&connections->leaving, 1);
    return true;
}

unsigned connections_left(const struct connections *connections)
{
    /* Both may fall in between. */
    const unsigned leaving = atomic_load(&connections->leaving);
    const unsigned count = atomic_load(&connections->count);
    return count > leaving ? count - leaving : 0;
}

bool connections_are_too_many(const struct connections *connections)
{
    return connections->most && connections_left(connections) > connections->most;
}

void connections_visit(struct connections *connections, void (*look)(void *cls, struct link *link),
                       void *cls)
{
    enum { AT_A_TIME = 64 };
    const struct timespec pause = {.tv_nsec = 20 * NS_PER_US}; /* a woken loop gets the lock */
    pthread_mutex_lock(&connections->lock);
    connections->next_visited = connections->first;
    while (connections->next_visited) {
        for (int i = 0; i < AT_A_TIME && connections->next_visited; i++) {
            struct link *link = connections->next_visited;
            connections->next_visited = link->next;
            look(cls, link);
        }
        if (!connections->next_visited)
            break;
        pthread_mutex_unlock(&connections->lock);
        nanosleep(&pause, NULL);
        pthread_mutex_lock(&connections->lock);
    }
    pthread_mutex_unlock(&connections->lock);
}

bool connections_has_unread(const struct link *link)
{
    int bytes = 0;
    return ioctl(link->fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

struct tcp_info connections_info(int fd)
{
    struct tcp_info info = {0};
    socklen_t length = sizeof info;
    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length);
    return info;
}

/* How long the client has said nothing, as the kernel saw it. */
static int64_t silent_ns(int fd)
{
    return connections_info(fd).tcpi_last_data_recv * NS_PER_MS;
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
    uint64_t received = connections_info(link->fd).tcpi_bytes_received;
    int unread = 0;
    if (ioctl(link->fd, FIONREAD, &unread) < 0 || (uint64_t)unread > received)
        return 0;
    return received - (uint64_t)unread;
}

/* Its client has been silent for long enough: what came last was bytes of a head, or our reply. */
static bool is_silent(const struct link *link, const struct connections_grace *grace)
{
    const struct tcp_info info = connections_info(link->fd);
    const int64_t heard_ns = info.tcpi_last_data_recv * NS_PER_MS;
    const int64_t said_ns = info.tcpi_last_data_sent * NS_PER_MS;
    if (link_is_fresh(atomic_load(&link->turn)) || heard_ns < said_ns)
        return grace->head_ns >= 0 && heard_ns >= grace->head_ns;
    return said_ns >= grace->idle_ns || !info.tcpi_state; /* no socket of TCP: who can tell? */
}

/* In this order: what a loop reads after the first look has begun a request at the last. */
static bool is_over(const struct link *link, const struct connections_grace *grace)
{
    return !connections_has_unread(link) && is_silent(link, grace) &&
           link_phase_of(atomic_load(&link->turn)) == LINK_HEAD;
}

static void end_if_over(void *cls, struct link *link)
{
    if (is_over(link, cls))
        shutdown(link->fd, SHUT_RD);
}

void connections_end_idle(struct connections *connections, const struct connections_grace *grace)
{
    struct connections_grace of_all = *grace;
    connections_visit(connections, end_if_over, &of_all);
}
