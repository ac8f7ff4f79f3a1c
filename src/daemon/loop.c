/* loop.c: see loop.h. */
#include "daemon/loop.h"

#include <sys/resource.h>
#include <sys/select.h>
#include <unistd.h>

/*
 * jansson's depth limit of 2048 takes 640 KB of stack. Small stacks also stay
 * in glibc's stack cache (40 MB), so that a new connection's thread needs
 * neither a new mapping nor the memory-map lock that page faults hold.
 */
enum { THREAD_STACK = 5 << 18 };

enum { IDLE_TIMEOUT_S = 60, CONNECTIONS_MAX = 4096, SPARE_FDS = 32 };

/* The library refuses what RFC 9112 lets a strict server refuse. */
enum { DISCIPLINE = 1 };

unsigned loop_connection_limit(enum poll_kind poll)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    rlim_t limit = CONNECTIONS_MAX;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < limit + SPARE_FDS)
        limit = files.rlim_cur > 2 * SPARE_FDS ? files.rlim_cur - SPARE_FDS : SPARE_FDS;
    if (poll == POLL_SELECT && limit > FD_SETSIZE - SPARE_FDS)
        limit = FD_SETSIZE - SPARE_FDS;
    return (unsigned)limit;
}

unsigned loop_sure_connection_limit(enum poll_kind poll)
{
    struct rlimit files;
    unsigned limit = loop_connection_limit(poll);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && limit > files.rlim_cur / 2 &&
        files.rlim_cur <= 2 * SPARE_FDS)
        limit = (unsigned)files.rlim_cur / 2;
    return limit ? limit : 1;
}

/*
 * The acceptor keeps to loop_connection_limit. libmicrohttpd counts a connection a little
 * longer than it tells us of it, so its own limit is doubled for a loop that is given
 * connections: it must never turn one away that was given.
 */
static unsigned own_limit(enum poll_kind poll, bool given)
{
    return loop_connection_limit(poll) * (given ? 2 : 1);
}

int loop_start(struct loop *loop, const struct loop_options *options, struct listener *listener)
{
    unsigned flags = options->mhd_flags | poll_mhd_flags(options->poll) | MHD_USE_ITC;
    if (!listener)
        flags |= MHD_USE_NO_LISTEN_SOCKET;
    struct MHD_OptionItem items[] = {
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEAD_MEMORY, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_INCREMENT, HEAD_MEMORY_INCREMENT, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, own_limit(options->poll, !listener), NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S, NULL},
        {MHD_OPTION_THREAD_STACK_SIZE, THREAD_STACK, NULL},
        {MHD_OPTION_CLIENT_DISCIPLINE_LVL, DISCIPLINE, NULL},
        {MHD_OPTION_END, 0, NULL}, /* room for the two that are not always there */
        {MHD_OPTION_END, 0, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    size_t used = ARRAY_LENGTH(items) - 3;
    if (listener)
        items[used++] = (struct MHD_OptionItem){MHD_OPTION_LISTEN_SOCKET, listener->fd, NULL};
    if (options->threads > 1)
        items[used] =
            (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)options->threads, NULL};
    struct http *http = loop->http.http;
    loop->mhd = MHD_start_daemon(
        flags, 0, NULL, NULL, http_handle, http, MHD_OPTION_NOTIFY_COMPLETED, http_completed, http,
        MHD_OPTION_NOTIFY_CONNECTION, http_connection, &loop->http, MHD_OPTION_UNESCAPE_CALLBACK,
        http_unescape, NULL, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
    if (!loop->mhd)
        return -ENOMEM;
    loop->listener = listener;
    return 0;
}

int loop_give(struct loop *loop, int fd, const struct sockaddr *peer, socklen_t length)
{
    return MHD_add_connection(loop->mhd, fd, peer, length) == MHD_YES ? 0 : -EIO;
}

void loop_stop(struct loop *loop)
{
    if (!loop->mhd)
        return;
    MHD_stop_daemon(loop->mhd);
    loop->mhd = NULL;
    if (loop->listener)
        loop->listener->fd = -1; /* MHD has closed it */
    loop->listener = NULL;
}
