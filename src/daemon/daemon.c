/* daemon.c: see daemon.h. */
#include "daemon/daemon.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/pages.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

/*
 * jansson's depth limit of 2048 takes 640 KB of stack. Small stacks also stay
 * in glibc's stack cache (40 MB), so that a new connection's thread needs
 * neither a new mapping nor the memory-map lock that page faults hold.
 */
enum { THREAD_STACK = 1 << 20 };

/* Half of this is the largest upload chunk; headers must fit in it. */
enum { CONNECTION_MEMORY = 32 << 10 };

enum { IDLE_TIMEOUT_S = 60, CONNECTIONS_MAX = 4096, SPARE_FDS = 32 };

/* Memory kept for the next large request, and for how long. */
#define KEPT_MEMORY ((size_t)512 << 20)
#define KEPT_FOR_NS (300 * NS_PER_MS)
#define TIDY_EVERY_NS (200 * NS_PER_MS)

#if MHD_VERSION >= 0x01000000
#define DISCIPLINE_OPTION MHD_OPTION_CLIENT_DISCIPLINE_LVL
enum { DISCIPLINE = 1 };
#else
/* The guard does the refusing: level 1 of 0.9 answers some heads twice. */
#define DISCIPLINE_OPTION MHD_OPTION_STRICT_FOR_CLIENT
enum { DISCIPLINE = 0 };
#endif

static void stop_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
}

/* Waits up to `ns` for SIGTERM or SIGINT; true when one came. */
static bool wait_for_signal(int64_t ns)
{
    sigset_t set;
    stop_signals(&set);
    struct timespec limit = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    return sigtimedwait(&set, NULL, &limit) > 0;
}

/* As many connections as there are descriptors, within reason. */
static unsigned connection_limit(enum poll_kind poll)
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

static struct MHD_Daemon *start_mhd(struct daemon *daemon)
{
    const struct daemon_options *options = &daemon->options;
    unsigned flags = options->mode->mhd_flags | poll_mhd_flags(options->poll) | MHD_USE_ITC;
    const struct MHD_OptionItem items[] = {
        {MHD_OPTION_LISTEN_SOCKET, daemon->listener.fd, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, connection_limit(options->poll), NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S, NULL},
        {MHD_OPTION_THREAD_STACK_SIZE, THREAD_STACK, NULL},
        {DISCIPLINE_OPTION, DISCIPLINE, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(
        flags, 0, NULL, NULL, http_handle, &daemon->http, MHD_OPTION_NOTIFY_COMPLETED,
        http_completed, &daemon->http, MHD_OPTION_NOTIFY_CONNECTION, http_connection, &daemon->loop,
        MHD_OPTION_UNESCAPE_CALLBACK, http_unescape, NULL, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
}

/* Before any thread: the statistics and what the callbacks share. */
static int init_http(struct daemon *daemon)
{
    const struct daemon_options *options = &daemon->options;
    daemon->stats = stats_new(1, 1);
    if (!daemon->stats)
        return -ENOMEM;
    daemon->loop.http = &daemon->http;
    daemon->loop.worker = stats_worker(daemon->stats, 0, 0);
    worker_start(daemon->loop.worker, (int)getpid());
    const struct endpoint_context context = {
        .stats = daemon->stats,
        .mode = options->mode->name,
        .poll = poll_name(options->poll),
        .started_ns = clock_now_ns(),
    };
    return http_init(&daemon->http, &options->http, &context);
}

int daemon_start(struct daemon *daemon, const struct daemon_options *options)
{
    sigset_t set;
    stop_signals(&set);
    memset(daemon, 0, sizeof *daemon);
    daemon->options = *options;
    daemon->listener.fd = -1;
    /* Before any thread, which inherits the mask. */
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    pages_cache_limit(KEPT_MEMORY);

    int error = listener_open(&daemon->listener, options->host, options->port);
    if (error)
        return error;
    error = init_http(daemon);
    if (!error) {
        daemon->mhd = start_mhd(daemon);
        error = daemon->mhd ? 0 : -ENOMEM;
    }
    if (error)
        log_message("can't start mode %s with %s: out of memory, threads or file descriptors",
                    options->mode->name, poll_name(options->poll));
    return error;
}

static bool backlog_is_empty(const struct daemon *daemon)
{
    struct pollfd listening = {.fd = daemon->listener.fd, .events = POLLIN};
    return poll(&listening, 1, 0) <= 0;
}

/* In flight: begun requests; and accepted connections that may begin one. */
static bool is_quiet(struct daemon *daemon, bool count_fresh)
{
    return worker_in_flight(daemon->loop.worker) == 0 &&
           (!count_fresh || atomic_load(&daemon->http.connections.fresh) == 0);
}

/*
 * Polls `done` until it holds three times in a row (a loop may be between two
 * events at any one of them). Returns 0, or DAEMON_CUT at the deadline or a
 * signal.
 */
static int settle(struct daemon *daemon, bool (*done)(struct daemon *daemon), int64_t deadline)
{
    enum { TIMES = 3 };
    for (int held = 0; held < TIMES;) {
        if (wait_for_signal(5 * NS_PER_MS) || clock_now_ns() > deadline)
            return DAEMON_CUT;
        connections_end_idle(&daemon->http.connections);
        connections_tell_ends(&daemon->http.connections);
        held = done(daemon) ? held + 1 : 0;
    }
    return 0;
}

static bool nothing_waits(struct daemon *daemon)
{
    return backlog_is_empty(daemon);
}

static bool nothing_left(struct daemon *daemon)
{
    return is_quiet(daemon, true);
}

static bool no_request_left(struct daemon *daemon)
{
    return is_quiet(daemon, false);
}

static int drain(struct daemon *daemon)
{
    const int64_t grace = NS_PER_S; /* for a connection that sends nothing */
    int64_t start = clock_now_ns();
    int64_t deadline = start + daemon->options.drain_timeout_ns;
    atomic_store(&daemon->http.draining, true);
    listener_drop_new(&daemon->listener);
    /* What the kernel has accepted for us is ours to answer. */
    int cut = settle(daemon, nothing_waits, deadline);
    MHD_quiesce_daemon(daemon->mhd);
    listener_refuse(&daemon->listener);
    int64_t patience = clock_now_ns() + grace;
    if (!cut)
        settle(daemon, nothing_left, patience < deadline ? patience : deadline);
    if (!cut)
        cut = settle(daemon, no_request_left, deadline);
    unsigned left = worker_in_flight(daemon->loop.worker);
    if (cut)
        log_message("drain cut short: %u requests were not answered", left);
    return cut;
}

int daemon_serve(struct daemon *daemon)
{
    while (!wait_for_signal(TIDY_EVERY_NS)) {
        pages_trim(KEPT_FOR_NS);
        connections_tell_ends(&daemon->http.connections);
    }
    return drain(daemon);
}

void daemon_deinit(struct daemon *daemon)
{
    if (daemon->mhd) {
        MHD_quiesce_daemon(daemon->mhd); /* the listening socket is ours again */
        MHD_stop_daemon(daemon->mhd);
    }
    daemon->mhd = NULL;
    listener_close(&daemon->listener);
    http_deinit(&daemon->http);
    stats_free(daemon->stats);
    daemon->stats = NULL;
    pages_trim(0);
}
