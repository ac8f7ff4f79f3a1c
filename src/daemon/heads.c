/* heads.c: see heads.h. */
#include "daemon/heads.h"

#include "base/clock.h"
#include "base/error.h"

#include <sys/epoll.h>
#include <unistd.h>

/* Who connects in order to ask sends its head with the end of the handshake, from however far. */
#define WAIT_NS (500 * NS_PER_MS)

/* A head that comes in more pieces than this is waited for no longer. */
enum { LOOKS = 16 };

int heads_init(struct heads *heads, uint64_t large)
{
    heads->large = large;
    heads->count = 0;
    heads->hurries = false;
    heads->events = epoll_create1(EPOLL_CLOEXEC);
    return heads->events < 0 ? -errno : 0;
}

void heads_deinit(struct heads *heads)
{
    if (!heads || heads->events <= 0)
        return;
    for (unsigned i = 0; i < heads->count; i++)
        close(heads->waiting[i].accepted.fd);
    heads->count = 0;
    close(heads->events);
    heads->events = -1;
}

enum first_head heads_look(struct heads *heads, int fd)
{
    if (!heads)
        return FIRST_HEAD_OTHER;
    ssize_t got = recv(fd, heads->bytes, sizeof heads->bytes, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return FIRST_HEAD_MORE;
    if (got <= 0)
        return FIRST_HEAD_OTHER;
    const enum first_head head = first_head_judge(heads->bytes, (size_t)got, heads->large);
    const bool is_all = (size_t)got < sizeof heads->bytes;
    return head == FIRST_HEAD_MORE && !is_all ? FIRST_HEAD_OTHER : head;
}

bool heads_wait(struct heads *heads, const struct accepted *accepted)
{
    if (heads->hurries || heads->count == HEADS_MOST)
        return false;
    /* Told once for each piece that comes, and now if one came since the look. */
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLRDHUP | EPOLLET,
        .data.fd = accepted->fd,
    };
    if (epoll_ctl(heads->events, EPOLL_CTL_ADD, accepted->fd, &event) < 0)
        return false;
    heads->waiting[heads->count++] = (struct waiting){
        .accepted = *accepted,
        .until_ns = clock_now_ns() + WAIT_NS,
    };
    return true;
}

static struct waiting *find(struct heads *heads, int fd)
{
    for (unsigned i = 0; i < heads->count; i++) {
        if (heads->waiting[i].accepted.fd == fd)
            return &heads->waiting[i];
    }
    return NULL;
}

static void look_again(struct heads *heads)
{
    enum { AT_A_TIME = 64 };
    struct epoll_event events[AT_A_TIME];
    int count = epoll_wait(heads->events, events, AT_A_TIME, 0);
    for (int i = 0; i < count; i++) {
        struct waiting *waiting = find(heads, events[i].data.fd);
        if (!waiting)
            continue;
        waiting->head = heads_look(heads, waiting->accepted.fd);
        if (++waiting->looks == LOOKS && waiting->head == FIRST_HEAD_MORE)
            waiting->head = FIRST_HEAD_OTHER;
    }
}

struct waiting *heads_ready(struct heads *heads)
{
    if (heads_count(heads) == 0)
        return NULL;
    look_again(heads);
    const int64_t now_ns = clock_now_ns();
    for (unsigned i = 0; i < heads->count; i++) {
        struct waiting *waiting = &heads->waiting[i];
        const bool over = heads->hurries || now_ns >= waiting->until_ns;
        if (waiting->head == FIRST_HEAD_MORE && !over)
            continue;
        /* Before it is closed here: whoever is given it keeps the socket open. */
        epoll_ctl(heads->events, EPOLL_CTL_DEL, waiting->accepted.fd, NULL);
        return waiting;
    }
    return NULL;
}

void heads_forget(struct heads *heads, struct waiting *waiting)
{
    *waiting = heads->waiting[--heads->count];
}

void heads_hurry(struct heads *heads)
{
    if (heads)
        heads->hurries = true;
}

unsigned heads_count(const struct heads *heads)
{
    return heads ? heads->count : 0;
}

int heads_events(const struct heads *heads)
{
    return heads ? heads->events : -1;
}

int heads_due_ms(const struct heads *heads)
{
    int64_t least_ns = INT64_MAX;
    for (unsigned i = 0; i < heads_count(heads); i++) {
        if (heads->waiting[i].until_ns < least_ns)
            least_ns = heads->waiting[i].until_ns;
    }
    if (least_ns == INT64_MAX)
        return -1;
    const int64_t left_ns = least_ns - clock_now_ns();
    return left_ns > 0 ? (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS) : 0;
}
