/* sockets.c: see sockets.h. */
#include "send/sockets.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Connections that are kept for the next request: as many as there ever were. */
#define KEPT_MOST 1000000L
/* A wait that took longer has slept. */
#define SLEPT_NS (5 * NS_PER_US)
#define ROWS_LEAST 64

/* What a descriptor stands for; an event of an earlier one with its number is dropped. */
struct socket_row {
    uint32_t generation; /* grows when the descriptor is closed */
    uint32_t wanted;     /* EPOLLIN and EPOLLOUT, as libcurl told last */
    uint32_t watched;    /* as the kernel knows it; 0: it is not in the set */
    bool changed;        /* it is in the list of those */
};

/* Events that are no socket's: the timer and the word to stop need only wake the thread up. */
#define NO_SOCKET UINT64_MAX

static uint64_t key_of(const struct sockets *sockets, curl_socket_t fd)
{
    return (uint64_t)sockets->rows[fd].generation << 32 | (uint32_t)fd;
}

static int grow(struct sockets *sockets, curl_socket_t fd)
{
    size_t count = sockets->row_count ? sockets->row_count : ROWS_LEAST;
    while (count <= (size_t)fd)
        count *= 2;
    if (count == sockets->row_count)
        return 0;
    curl_socket_t *changed = reallocarray(sockets->changed, count, sizeof *changed);
    sockets->changed = changed ? changed : sockets->changed;
    struct socket_row *rows = reallocarray(sockets->rows, count, sizeof *rows);
    sockets->rows = rows ? rows : sockets->rows;
    if (!rows || !changed)
        return -ENOMEM;
    memset(rows + sockets->row_count, 0, (count - sockets->row_count) * sizeof *rows);
    sockets->row_count = count;
    return 0;
}

/* Makes the kernel watch a socket for this and nothing else. */
static void watch(struct sockets *sockets, curl_socket_t fd, uint32_t wanted)
{
    struct socket_row *row = &sockets->rows[fd];
    struct epoll_event event = {.events = wanted, .data.u64 = key_of(sockets, fd)};
    int verb = !wanted ? EPOLL_CTL_DEL : (row->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD);
    if (row->watched != wanted && epoll_ctl(sockets->epoll_fd, verb, fd, &event))
        sockets->failed = true;
    row->watched = wanted;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
    (void)easy, (void)unused;
    struct sockets *sockets = context;
    if (grow(sockets, fd)) {
        sockets->failed = true;
        return -1;
    }
    struct socket_row *row = &sockets->rows[fd];
    row->wanted = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                  (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    if (!row->changed)
        sockets->changed[sockets->changed_count++] = fd;
    row->changed = true;
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *context)
{
    (void)multi;
    struct sockets *sockets = context;
    sockets->curl_due_ns = ms < 0 ? INT64_MAX : clock_now_ns() + ms * NS_PER_MS;
    return 0;
}

static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct sockets *sockets = context;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    sockets->newest = fd;
    sockets->opened++;
    if (++sockets->open > sockets->open_most)
        sockets->open_most = sockets->open;
    atomic_fetch_add_explicit(sockets->open_of_all, 1, memory_order_relaxed);
    return fd;
}

static int on_close(void *context, curl_socket_t fd)
{
    struct sockets *sockets = context;
    if ((size_t)fd < sockets->row_count) {
        struct socket_row *row = &sockets->rows[fd]; /* the kernel forgets it by itself */
        *row = (struct socket_row){.generation = row->generation + 1, .changed = row->changed};
    }
    sockets->open--;
    atomic_fetch_sub_explicit(sockets->open_of_all, 1, memory_order_relaxed);
    return close(fd);
}

void sockets_count_connections(struct sockets *sockets, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, sockets);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, sockets);
}

/* Watches a descriptor that only wakes the thread up: each time anew, or as long as it is ready. */
static int watch_waker(const struct sockets *sockets, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = NO_SOCKET};
    return epoll_ctl(sockets->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int sockets_init(struct sockets *sockets, int stop_fd, atomic_uint *open_of_all)
{
    *sockets = (struct sockets){.curl_due_ns = INT64_MAX,
                                .epoll_fd = -1,
                                .timer_fd = -1,
                                .newest = -1,
                                .multi = curl_multi_init(),
                                .open_of_all = open_of_all};
    if (!sockets->multi)
        return -ENOMEM;
    curl_multi_setopt(sockets->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(sockets->multi, CURLMOPT_SOCKETDATA, sockets);
    curl_multi_setopt(sockets->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(sockets->multi, CURLMOPT_TIMERDATA, sockets);
    curl_multi_setopt(sockets->multi, CURLMOPT_MAXCONNECTS, KEPT_MOST);
    sockets->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (sockets->epoll_fd < 0)
        return -errno;
    sockets->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (sockets->timer_fd < 0)
        return -errno;
    int r = watch_waker(sockets, sockets->timer_fd, EPOLLIN | EPOLLET);
    return r ? r : watch_waker(sockets, stop_fd, EPOLLIN);
}

void sockets_deinit(struct sockets *sockets)
{
    if (!sockets->multi)
        return;
    curl_multi_cleanup(sockets->multi);
    if (sockets->timer_fd >= 0)
        close(sockets->timer_fd);
    if (sockets->epoll_fd >= 0)
        close(sockets->epoll_fd);
    free(sockets->rows);
    free(sockets->changed);
    memset(sockets, 0, sizeof *sockets);
}

static void act(struct sockets *sockets, curl_socket_t fd, int bits)
{
    int running;
    if (curl_multi_socket_action(sockets->multi, fd, bits, &running))
        sockets->failed = true;
}

int sockets_start(struct sockets *sockets, CURL *easy)
{
    size_t first = sockets->changed_count;
    if (curl_multi_add_handle(sockets->multi, easy))
        return -ENOMEM;
    act(sockets, CURL_SOCKET_TIMEOUT, 0);
    /* A new connection to a near server is there by now. */
    for (size_t i = first; i < sockets->changed_count; i++) {
        if (sockets->rows[sockets->changed[i]].wanted & EPOLLOUT)
            act(sockets, sockets->changed[i], CURL_CSELECT_OUT);
    }
    return 0;
}

/* Tells the kernel what is wanted; a socket that nothing is wanted of may stay as it was. */
static void watch_changed(struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->changed_count; i++) {
        curl_socket_t fd = sockets->changed[i];
        sockets->rows[fd].changed = false;
        if (sockets->rows[fd].wanted)
            watch(sockets, fd, sockets->rows[fd].wanted);
    }
    sockets->changed_count = 0;
}

static void arm(struct sockets *sockets, int64_t until_ns)
{
    if (until_ns == INT64_MAX || until_ns == sockets->armed_ns)
        return; /* a timer that rings too early does no harm */
    const struct itimerspec until = {
        .it_value = {.tv_sec = until_ns / NS_PER_S, .tv_nsec = until_ns % NS_PER_S}};
    timerfd_settime(sockets->timer_fd, TFD_TIMER_ABSTIME, &until, NULL);
    sockets->armed_ns = until_ns;
}

int sockets_wait(struct sockets *sockets, int64_t until_ns)
{
    watch_changed(sockets);
    if (sockets->curl_due_ns < until_ns)
        until_ns = sockets->curl_due_ns;
    int64_t now = clock_now_ns();
    bool waits = until_ns > now;
    if (waits)
        arm(sockets, until_ns);
    int count = epoll_wait(sockets->epoll_fd, sockets->events, SOCKETS_EVENTS, waits ? -1 : 0);
    int64_t after = clock_now_ns();
    bool slept = waits && after - now > SLEPT_NS;
    sockets->there_since_ns = slept ? after : sockets->looked_ns;
    sockets->looked_ns = slept ? after : now;
    return count > 0 ? count : 0;
}

void sockets_act(struct sockets *sockets, int index)
{
    const struct epoll_event *event = &sockets->events[index];
    if (event->data.u64 == NO_SOCKET)
        return;
    curl_socket_t fd = (curl_socket_t)(event->data.u64 & UINT32_MAX);
    if (event->data.u64 != key_of(sockets, fd))
        return; /* closed since, and perhaps another's */
    uint32_t wanted = sockets->rows[fd].wanted;
    if (wanted == 0) {
        watch(sockets, fd, 0); /* an idle connection is closed: libcurl sees it when it takes it */
        return;
    }
    /* Of an error libcurl learns what it was when it reads or writes. */
    uint32_t ready = event->events & (EPOLLERR | EPOLLHUP) ? wanted : event->events;
    act(sockets, fd,
        (ready & EPOLLIN ? CURL_CSELECT_IN : 0) | (ready & EPOLLOUT ? CURL_CSELECT_OUT : 0));
}

void sockets_act_on_time(struct sockets *sockets)
{
    if (sockets->curl_due_ns == INT64_MAX || clock_now_ns() < sockets->curl_due_ns)
        return;
    sockets->curl_due_ns = INT64_MAX; /* unless libcurl tells another */
    act(sockets, CURL_SOCKET_TIMEOUT, 0);
}

CURL *sockets_next_done(struct sockets *sockets, CURLcode *code)
{
    int left;
    const CURLMsg *message = curl_multi_info_read(sockets->multi, &left);
    if (!message)
        return NULL;
    CURL *easy = message->easy_handle;
    *code = message->data.result;
    curl_multi_remove_handle(sockets->multi, easy);
    return easy;
}
