/* loop.c: see loop.h. */
#include "daemon/loop.h"

#include "http/tls.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <unistd.h>

/*
 * jansson's depth limit of 2048 takes 640 KB of stack. Small stacks also stay
 * in glibc's stack cache (40 MB), so that a new connection's thread needs
 * neither a new mapping nor the memory-map lock that page faults hold.
 */
enum { THREAD_STACK = 5 << 18 };

enum { SPARE_FDS = 32, RESERVE = 64, RESERVE_SHARE = 8 };

/* The library refuses what RFC 9112 lets a strict server refuse. */
enum { DISCIPLINE = 1 };

struct loop_room loop_room(enum poll_kind poll, unsigned wanted)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    rlim_t most = (rlim_t)wanted + RESERVE;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < most + SPARE_FDS)
        most = files.rlim_cur > 2 * SPARE_FDS ? files.rlim_cur - SPARE_FDS : SPARE_FDS;
    if (poll == POLL_SELECT && most > FD_SETSIZE - SPARE_FDS)
        most = FD_SETSIZE - SPARE_FDS;
    const rlim_t reserve = most / RESERVE_SHARE < RESERVE ? most / RESERVE_SHARE : RESERVE;
    const rlim_t places = most - reserve;
    return (struct loop_room){
        .places = places < wanted ? (unsigned)places : wanted,
        .most = (unsigned)most,
    };
}

unsigned loop_sure_connections(enum poll_kind poll, unsigned wanted)
{
    struct rlimit files;
    unsigned limit = loop_room(poll, wanted).most;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && limit > files.rlim_cur / 2 &&
        files.rlim_cur <= 2 * SPARE_FDS)
        limit = (unsigned)files.rlim_cur / 2;
    return limit ? limit : 1;
}

int loop_start(struct loop *loop, const struct loop_options *options, struct listener *listener)
{
    unsigned flags = options->mhd_flags | poll_mhd_flags(options->poll) | MHD_USE_ITC;
    if (!listener)
        flags |= MHD_USE_NO_LISTEN_SOCKET;
    if (options->encrypted)
        flags |= MHD_USE_TLS;
    /*
     * Who is given connections must not refuse any: whoever gives keeps to the limit. Each thread
     * of a pool, which parts its limit among them, may have all of the process: else one that has
     * its share could not be asked whether it goes round.
     */
    const unsigned shares = !listener ? 2 : options->threads > 1 ? options->threads : 1;
    const uint64_t most = (uint64_t)options->connections * shares;
    struct MHD_OptionItem items[] = {
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEAD_MEMORY, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_INCREMENT, HEAD_MEMORY_INCREMENT, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)(most < INT_MAX ? most : INT_MAX), NULL},
        {MHD_OPTION_THREAD_STACK_SIZE, THREAD_STACK, NULL},
        {MHD_OPTION_CLIENT_DISCIPLINE_LVL, DISCIPLINE, NULL},
        {MHD_OPTION_END, 0, NULL}, /* room for the three that are not always there */
        {MHD_OPTION_END, 0, NULL},
        {MHD_OPTION_END, 0, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    size_t used = ARRAY_LENGTH(items) - 4;
    if (listener)
        items[used++] = (struct MHD_OptionItem){MHD_OPTION_LISTEN_SOCKET, listener->fd, NULL};
    if (options->threads > 1)
        items[used++] =
            (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)options->threads, NULL};
    if (options->encrypted)
        items[used] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, tls_priorities};
    struct http *http = loop->http.http;
    loop->mhd = MHD_start_daemon(
        flags, 0, NULL, NULL, http_handle, http, MHD_OPTION_NOTIFY_COMPLETED, http_completed, http,
        MHD_OPTION_NOTIFY_CONNECTION, http_connection, &loop->http, MHD_OPTION_UNESCAPE_CALLBACK,
        http_unescape, NULL, MHD_OPTION_ARRAY, items,
        options->encrypted ? MHD_OPTION_HTTPS_CERT_CALLBACK : MHD_OPTION_END, tls_no_certificate,
        MHD_OPTION_END);
    if (!loop->mhd)
        return -ENOMEM;
    loop->listener = listener;
    return 0;
}

static int add(struct loop *loop, int fd, const struct sockaddr *peer, socklen_t length)
{
    return MHD_add_connection(loop->mhd, fd, peer, length) == MHD_YES ? 0 : -EIO;
}

int loop_give(struct loop *loop, int fd, const struct sockaddr *peer, socklen_t length)
{
    const int result = add(loop, fd, peer, length);
    if (!result)
        atomic_fetch_add(&loop->http.given, 1); /* only now: a question counts none behind it */
    return result;
}

/*
 * libmicrohttpd's pool gives a connection to a thread by its descriptor: moves it to a fitting one,
 * or closes it and returns negative.
 */
static int place(int fd, unsigned number, unsigned threads)
{
    enum { TRIES = 64 };
    int result = -EMFILE;
    unsigned least = number;
    for (int i = 0; i < TRIES; i++) {
        const int moved = fcntl(fd, F_DUPFD_CLOEXEC, (int)least);
        if (moved < 0 || (unsigned)moved % threads == number) {
            result = moved < 0 ? -errno : moved;
            break;
        }
        close(moved);
        least = (unsigned)moved + (threads + number - (unsigned)moved % threads) % threads;
    }
    close(fd);
    return result;
}

int loop_ask(struct loop *loop, unsigned number)
{
    struct sockaddr_un nobody;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        return -errno;
    close(pair[1]); /* the loop takes the connection, which says all, and finds its end */
    if (loop->http.workers > 1)
        pair[0] = place(pair[0], number, loop->http.workers);
    if (pair[0] < 0)
        return pair[0];
    http_question(&loop->http, &nobody);
    return add(loop, pair[0], (const struct sockaddr *)&nobody, sizeof nobody);
}

void loop_refuse(struct loop *loop)
{
    MHD_quiesce_daemon(loop->mhd);
}

void loop_stop(struct loop *loop)
{
    if (!loop->mhd)
        return;
    /* Else libmicrohttpd closes the listener's descriptor, which is not its own. */
    loop_refuse(loop);
    MHD_stop_daemon(loop->mhd);
    loop->mhd = NULL;
    loop->listener = NULL;
}
