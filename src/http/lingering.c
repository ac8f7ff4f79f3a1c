/* lingering.c: see lingering.h. */
#include "http/lingering.h"

#include "base/clock.h"
#include "base/error.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define SHORT_SILENCE_NS NS_PER_S
#define LONGEST_NS (30 * NS_PER_S)

/* Of all descriptors that the process may have; they are among the spare ones. */
enum { MOST = 512, FEWEST = 4, FILES_SHARE = 128 };

enum { EVENTS = 64, READ_SIZE = 64 << 10, STACK = 128 << 10, NONE = -1 };

struct lingerer {
    int fd; /* NONE: the place is free */
    int64_t began_ns;
    int64_t heard_ns; /* when the last bytes came */
};

void lingering_init(struct lingering *lingering)
{
    memset(lingering, 0, sizeof *lingering);
    pthread_mutex_init(&lingering->lock, NULL);
    lingering->epoll = lingering->wake = NONE;
}

unsigned lingering_count(const struct lingering *lingering)
{
    return atomic_load(&lingering->count);
}

/* libmicrohttpd may have its own descriptor open still, so epoll must be told. */
static void leave(struct lingering *lingering, struct lingerer *place)
{
    epoll_ctl(lingering->epoll, EPOLL_CTL_DEL, place->fd, NULL);
    close(place->fd);
    place->fd = NONE;
    atomic_fetch_sub(&lingering->count, 1);
}

/* Reads and throws away; with MSG_TRUNC the kernel does not even copy. */
static void read_on(struct lingering *lingering, struct lingerer *place, int64_t now_ns)
{
    static char nowhere[READ_SIZE];
    if (place->fd == NONE)
        return;
    ssize_t length = recv(place->fd, nowhere, sizeof nowhere, MSG_DONTWAIT | MSG_TRUNC);
    if (length > 0)
        place->heard_ns = now_ns;
    else if (length == 0 || (errno != EAGAIN && errno != EINTR))
        leave(lingering, place);
}

/* Ends those whose time is over. Returns when the next one's will be, at the earliest. */
static int64_t end_the_late(struct lingering *lingering, int64_t now_ns)
{
    const int64_t silence = lingering->hurries ? SHORT_SILENCE_NS : LINGERING_SILENCE_NS;
    int64_t next = INT64_MAX;
    for (unsigned i = 0; i < lingering->most; i++) {
        struct lingerer *place = &lingering->places[i];
        if (place->fd == NONE)
            continue;
        int64_t end = place->began_ns + LONGEST_NS;
        if (place->heard_ns + silence < end)
            end = place->heard_ns + silence;
        if (end <= now_ns)
            leave(lingering, place);
        else if (end < next)
            next = end;
    }
    return next;
}

static int timeout_ms(int64_t next_ns, int64_t now_ns)
{
    return next_ns == INT64_MAX ? -1 : (int)((next_ns - now_ns) / NS_PER_MS) + 1;
}

/* Somebody came, or there are orders: all are to be looked at now. */
static int64_t hear(const struct lingering *lingering)
{
    eventfd_t words;
    eventfd_read(lingering->wake, &words);
    return 0;
}

static void *run(void *cls)
{
    struct lingering *lingering = cls;
    struct epoll_event events[EVENTS];
    int64_t next = 0;
    int count = 0;
    pthread_setname_np(pthread_self(), "linger");
    for (;;) {
        pthread_mutex_lock(&lingering->lock);
        int64_t now = clock_now_ns();
        bool stops = lingering->stopping;
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr)
                read_on(lingering, events[i].data.ptr, now);
            else
                next = hear(lingering);
        }
        if (now >= next)
            next = end_the_late(lingering, now);
        pthread_mutex_unlock(&lingering->lock);
        if (stops)
            return NULL;
        count = epoll_wait(lingering->epoll, events, EVENTS, timeout_ms(next, now));
    }
}

static void tell(struct lingering *lingering)
{
    eventfd_write(lingering->wake, 1);
}

static unsigned most_places(void)
{
    struct rlimit files;
    rlim_t most = MOST;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur / FILES_SHARE < most)
        most = files.rlim_cur / FILES_SHARE;
    return most < FEWEST ? FEWEST : (unsigned)most;
}

static int start_thread(struct lingering *lingering)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    int error = -pthread_create(&lingering->thread, &attributes, run, lingering);
    pthread_attr_destroy(&attributes);
    return error;
}

/* With the lock held; after a failure the next one tries again. */
static int start(struct lingering *lingering)
{
    struct epoll_event orders = {.events = EPOLLIN};
    lingering->most = most_places();
    lingering->places = calloc(lingering->most, sizeof *lingering->places);
    lingering->epoll = epoll_create1(EPOLL_CLOEXEC);
    lingering->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int error = -EMFILE;
    if (lingering->places && lingering->epoll >= 0 && lingering->wake >= 0) {
        for (unsigned i = 0; i < lingering->most; i++)
            lingering->places[i].fd = NONE;
        error =
            epoll_ctl(lingering->epoll, EPOLL_CTL_ADD, lingering->wake, &orders) < 0 ? -errno : 0;
    }
    if (!error)
        error = start_thread(lingering);
    if (error)
        lingering_deinit(lingering);
    return error;
}

/* A free place; when there is none, that of the connection that has lingered longest. */
static struct lingerer *find_place(struct lingering *lingering)
{
    struct lingerer *oldest = &lingering->places[0];
    for (unsigned i = 0; i < lingering->most; i++) {
        struct lingerer *place = &lingering->places[i];
        if (place->fd == NONE)
            return place;
        if (place->began_ns < oldest->began_ns)
            oldest = place;
    }
    leave(lingering, oldest);
    return oldest;
}

/* Above what select() can serve, if there are such: it needs the low ones itself. */
static int duplicate(int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, FD_SETSIZE);
    return copy >= 0 ? copy : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void take(struct lingering *lingering, int fd)
{
    const int64_t now = clock_now_ns();
    struct lingerer *place = find_place(lingering);
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = place};
    place->fd = duplicate(fd);
    if (place->fd < 0)
        return;
    place->began_ns = place->heard_ns = now;
    atomic_fetch_add(&lingering->count, 1);
    if (epoll_ctl(lingering->epoll, EPOLL_CTL_ADD, place->fd, &event) < 0)
        leave(lingering, place);
    else
        tell(lingering);
}

void lingering_take(struct lingering *lingering, int fd)
{
    pthread_mutex_lock(&lingering->lock);
    /* Where a callback failed libmicrohttpd only closes, and our duplicate keeps the client. */
    shutdown(fd, SHUT_WR);
    if (!lingering->stopping && (lingering->places || start(lingering) == 0))
        take(lingering, fd);
    pthread_mutex_unlock(&lingering->lock);
}

void lingering_hurry(struct lingering *lingering)
{
    pthread_mutex_lock(&lingering->lock);
    lingering->hurries = true;
    if (lingering->places)
        tell(lingering);
    pthread_mutex_unlock(&lingering->lock);
}

void lingering_stop(struct lingering *lingering)
{
    pthread_mutex_lock(&lingering->lock);
    bool runs = lingering->places && !lingering->stopping;
    lingering->stopping = true;
    if (runs)
        tell(lingering);
    pthread_mutex_unlock(&lingering->lock);
    if (!runs)
        return;
    pthread_join(lingering->thread, NULL);
    for (unsigned i = 0; i < lingering->most; i++) {
        if (lingering->places[i].fd != NONE)
            leave(lingering, &lingering->places[i]);
    }
}

void lingering_deinit(struct lingering *lingering)
{
    if (lingering->epoll != NONE)
        close(lingering->epoll);
    if (lingering->wake != NONE)
        close(lingering->wake);
    lingering->epoll = lingering->wake = NONE;
    free(lingering->places);
    lingering->places = NULL;
}
