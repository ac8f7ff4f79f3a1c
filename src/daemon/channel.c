/* channel.c: see channel.h. */
#include "daemon/channel.h"

#include "base/error.h"

#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

struct message {
    enum channel_word word;
    socklen_t length;
    struct sockaddr_storage peer;
};

/* Room for one descriptor, aligned as cmsghdr wants it. */
union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
};

int channel_open(struct channel *channel)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    *channel = (struct channel){.supervisor = pair[0], .worker = pair[1]};
    return 0;
}

static void close_end(int *end)
{
    if (*end >= 0)
        close(*end);
    *end = -1;
}

void channel_close(struct channel *channel)
{
    close_end(&channel->supervisor);
    close_end(&channel->worker);
}

static int send_message(const struct channel *channel, struct message *message, int fd)
{
    union control control;
    struct iovec part = {.iov_base = message, .iov_len = sizeof *message};
    struct msghdr whole = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        memset(&control, 0, sizeof control);
        whole.msg_control = &control;
        whole.msg_controllen = sizeof control;
        control.header = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof fd),
            .cmsg_level = SOL_SOCKET,
            .cmsg_type = SCM_RIGHTS,
        };
        memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    }
    ssize_t sent;
    do {
        sent = sendmsg(channel->supervisor, &whole, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

int channel_give(const struct channel *channel, const struct accepted *accepted)
{
    struct message message = {
        .word = CHANNEL_CONNECTION, .length = accepted->length, .peer = accepted->peer};
    int result = send_message(channel, &message, accepted->fd);
    if (result == -EAGAIN || result == -ENOBUFS || result == -ENOMEM || result == -ETOOMANYREFS)
        return ACCEPTOR_FULL;
    close(accepted->fd);
    return result;
}

int channel_say(const struct channel *channel, enum channel_word word)
{
    struct message message = {.word = word};
    return send_message(channel, &message, -1);
}

void channel_end(const struct channel *channel)
{
    shutdown(channel->supervisor, SHUT_WR);
}

int channel_receive(const struct channel *channel, bool wait, enum channel_word *word,
                    struct accepted *accepted)
{
    struct message message;
    union control control;
    struct iovec part = {.iov_base = &message, .iov_len = sizeof message};
    struct msghdr whole = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof control,
    };
    /* A thread that waits in recvmsg would still take a message while it is being killed. */
    struct pollfd readable = {.fd = channel->worker, .events = POLLIN};
    if (wait && poll(&readable, 1, -1) < 0)
        return -errno;
    ssize_t got;
    do {
        got = recvmsg(channel->worker, &whole, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    if (got == 0) {
        *word = CHANNEL_END;
        return 0;
    }
    *word = message.word;
    if (message.word != CHANNEL_CONNECTION)
        return 0;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&whole);
    if (!header || header->cmsg_type != SCM_RIGHTS)
        return -EMFILE; /* the kernel had no descriptor left for it */
    accepted->peer = message.peer;
    accepted->length = message.length;
    memcpy(&accepted->fd, CMSG_DATA(header), sizeof accepted->fd);
    return 0;
}
