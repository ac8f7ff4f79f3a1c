/* daemon.c: see daemon.h. */
#include "daemon/daemon.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/pages.h"
#include "daemon/reload.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Memory that a process keeps for the next large request. */
#define KEPT_MEMORY ((size_t)512 << 20)

/* Before any thread, which inherits the mask. */
static int listen_to_signals(struct daemon *daemon)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    const bool hangup = daemon->engine->forks || reload_is_due(&daemon->files);
    if (hangup)
        sigaddset(&set, SIGHUP);
    if (daemon->engine->forks)
        sigaddset(&set, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (daemon->engine->forks) /* inherited as ignored they would not reach the signalfd */
        signal(SIGCHLD, SIG_DFL);
    if (hangup)
        signal(SIGHUP, SIG_DFL);
    daemon->words = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return daemon->words < 0 ? -errno : 0;
}

static int open_listeners(struct daemon *daemon)
{
    const struct daemon_options *options = &daemon->options;
    const bool shared = daemon->engine->listener_each;
    int error = listener_open(&daemon->listeners[0], options->host, (uint16_t)options->port, shared,
                              daemon->files.tls ? "https" : "http");
    if (!error)
        daemon->listener_count = 1;
    if (!error && shared) {
        error = listener_share(daemon->listeners, options->workers);
        daemon->listener_count = options->workers;
    }
    return error;
}

struct loop_room daemon_room(const struct daemon *daemon)
{
    const struct daemon_options *options = &daemon->options;
    const bool loops = daemon->engine->loop_each && !daemon->engine->forks;
    return loop_room(options->poll, options->max_connections * (loops ? options->workers : 1));
}

static struct serving serving_of(const struct daemon_options *options)
{
    struct serving serving = mode_serving(options->mode, options->workers);
    serving.reserve = options->reserve;
    return serving;
}

int daemon_init_http(struct daemon *daemon)
{
    const struct daemon_options *options = &daemon->options;
    const struct endpoint_context context = {
        .stats = daemon->stats,
        .lane = daemon->lane,
        .read_lane = lane_counts_read,
        .mode = options->mode->name,
        .poll = poll_name(options->poll),
        .serving = serving_of(options),
        .started_ns = daemon->started_ns,
        .max_document = options->http.max_document,
        .max_name = options->http.max_name,
        .budget.counts = daemon->budget,
        .users = daemon->users,
        .named_by = options->files.token_file   ? "token"
                    : options->http.user_header ? "header"
                                                : "address",
    };
    struct http_options http = options->http;
    http.tell_worker = daemon->engine->loop_each;
    http.places = daemon_room(daemon).places;
    http.counts_work = options->mode->answered_by == SERVING_BY_CONNECTION;
    http.lane.blocks = http.counts_work;
    if (http.counts_work)
        http.hold_warn_ns = 0; /* no loop is held */
    int error = http_init(&daemon->http, &http, &context);
    daemon->http.users = (struct user_rules){
        .tokens = &daemon->files.tokens,
        .admins = &daemon->files.admins,
        .header = options->http.user_header,
        .large_size = options->http.lane.size,
        .users = daemon->users,
        .limit = daemon->user_limit,
        .stats = daemon->stats,
    };
    http_share(&daemon->http, daemon->addresses, 0);
    http_encrypt(&daemon->http, daemon->files.tls);
    return error;
}

/* Before any thread or process. */
static int make_shared(struct daemon *daemon)
{
    const struct daemon_options *options = &daemon->options;
    const unsigned limit = options->http.lane.limit;
    const unsigned workers = daemon->engine->loop_each ? options->workers : 1;
    daemon->stats = stats_new(workers, daemon->engine->generations);
    if (!daemon->stats)
        return -ENOMEM;
    reload_tell(&daemon->files, daemon->stats);
    if (limit)
        daemon->lane = lane_counts_new(limit, stats_places(daemon->stats));
    daemon->budget = budget_new(options->max_inflight_bytes, stats_places(daemon->stats));
    if (!daemon->budget)
        return -ENOMEM;
    const unsigned places = stats_places(daemon->stats);
    const unsigned per_ip = options->http.max_per_ip;
    const unsigned per_user = options->http.user_limit;
    if (per_ip)
        daemon->addresses = addresses_new(places);
    if (per_user)
        daemon->user_limit = user_limit_new(per_user, places);
    daemon->users = users_new(places);
    const bool made = daemon->users && (!limit || daemon->lane) && (!per_ip || daemon->addresses) &&
                      (!per_user || daemon->user_limit);
    return made ? 0 : -ENOMEM;
}

/* What all processes keep is half of what may be in flight, at the most. */
static size_t kept_memory(const struct daemon_options *options)
{
    const unsigned processes = options->engine->forks ? options->workers : 1;
    const uint64_t share = options->max_inflight_bytes / 2 / processes;
    return share < KEPT_MEMORY ? (size_t)share : KEPT_MEMORY;
}

static void warn_of_openness(const struct daemon *daemon)
{
    const struct listener *listener = &daemon->listeners[0];
    if (!daemon->options.files.admin_token_file && !listener_is_loopback(listener))
        log_message("whoever reaches %s may read /stats, /metrics and the like: see "
                    "--admin-token-file",
                    listener->url);
}

int daemon_start(struct daemon *daemon, const struct daemon_options *options)
{
    memset(daemon, 0, sizeof *daemon);
    daemon->options = *options;
    daemon->engine = options->engine;
    daemon->words = -1;
    daemon->started_ns = clock_now_ns();
    manager_init(&daemon->manager);
    for (unsigned i = 0; i < MODE_WORKERS_MAX; i++)
        daemon->listeners[i] = (struct listener){.fd = -1};
    pages_bound_heaps();
    pages_cache_limit(kept_memory(options));
    int error = reload_init(&daemon->files, &options->files);
    if (error)
        return error;
    error = listen_to_signals(daemon);
    if (!error) {
        error = open_listeners(daemon);
        if (error)
            return error;
        warn_of_openness(daemon);
        error = make_shared(daemon);
    }
    if (!error && !daemon->engine->forks)
        error = daemon_init_http(daemon);
    if (!error)
        error = daemon->engine->start ? daemon->engine->start(daemon) : 0;
    if (error)
        log_message("can't start mode %s with %s: out of memory, threads or file descriptors",
                    options->mode->name, poll_name(options->poll));
    return error;
}

/* Which bodies of a worker handler threads answer: all, the large ones or none. */
static uint64_t hands_over_from(const struct daemon_options *options, unsigned number)
{
    const enum serving_by by = options->mode->answered_by;
    if (by == SERVING_BY_HANDLERS)
        return 0;
    const bool large = by == SERVING_BY_SIZE || number < options->reserve;
    return large ? options->http.lane.size : UINT64_MAX;
}

int daemon_start_loop(struct daemon *daemon, unsigned index, struct worker *worker,
                      unsigned threads, struct listener *listener)
{
    const struct daemon_options *options = &daemon->options;
    const struct loop_options how = {
        .mhd_flags = options->mode->mhd_flags,
        .poll = options->poll,
        .connections = daemon_room(daemon).most,
        .threads = threads,
        .encrypted = daemon->files.tls != NULL,
    };
    struct loop *loop = &daemon->loops[index];
    loop->http.http = &daemon->http;
    loop->http.worker = worker;
    loop->http.workers = threads ? threads : 1;
    loop->http.given = atomic_load(&worker->connections);
    for (unsigned i = 0; i < loop->http.workers; i++) {
        worker[i].hands_over_from = hands_over_from(options, worker[i].number);
        if (!daemon->engine->forks)
            worker_start(worker + i, (int)getpid());
    }
    int error = loop_start(loop, &how, listener);
    for (unsigned i = 0; i < loop->http.workers && !error; i++)
        worker_serves(worker + i);
    return error;
}

void daemon_is_ready(const struct daemon *daemon)
{
    char status[LISTENER_URL_SIZE + 64];
    snprintf(status, sizeof status, "listening on %s, mode %s", daemon->listeners[0].url,
             daemon->options.mode->name);
    manager_ready(&daemon->manager, status);
}

unsigned daemon_in_flight(const struct daemon *daemon)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < daemon->loop_count; i++) {
        const struct http_loop *http = &daemon->loops[i].http;
        for (unsigned k = 0; k < http->workers; k++)
            sum += worker_in_flight(http->worker + k);
    }
    return sum;
}

int daemon_serve(struct daemon *daemon)
{
    return daemon->engine->serve(daemon);
}

void daemon_deinit(struct daemon *daemon)
{
    if (daemon->engine && daemon->engine->refuse)
        daemon->engine->refuse(daemon);
    http_stop(&daemon->http);
    for (unsigned i = 0; i < daemon->loop_count; i++)
        loop_stop(&daemon->loops[i]);
    daemon->loop_count = 0;
    for (unsigned i = 0; i < MODE_WORKERS_MAX; i++)
        listener_close(&daemon->listeners[i]);
    daemon->listener_count = 0;
    http_deinit(&daemon->http);
    lane_counts_free(daemon->lane);
    daemon->lane = NULL;
    budget_free(daemon->budget);
    daemon->budget = NULL;
    addresses_free(daemon->addresses);
    daemon->addresses = NULL;
    users_free(daemon->users);
    daemon->users = NULL;
    user_limit_free(daemon->user_limit);
    daemon->user_limit = NULL;
    stats_free(daemon->stats);
    daemon->stats = NULL;
    if (daemon->words >= 0)
        close(daemon->words);
    daemon->words = -1;
    reload_deinit(&daemon->files);
    manager_deinit(&daemon->manager);
    pages_trim(0);
}
