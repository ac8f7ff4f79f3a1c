/*
 * prefork.c: the engine of worker processes: see engine.h. What a worker process is:
 * one loop, and a thread that takes connections and words from its channel.
 */
#include "base/slice.h"
#include "daemon/engine.h"
#include "daemon/serve.h"
#include "daemon/supervisor.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct receiver {
    struct daemon *daemon;
    struct channel channel;
    pthread_t thread;
    bool told;
};

/* The first word begins the end of this process; later ones change how it ends. */
static void take_word(struct receiver *receiver, enum channel_word word)
{
    struct daemon *daemon = receiver->daemon;
    if (word == CHANNEL_RETIRE)
        atomic_store(&daemon->retiring, true);
    else if (word != CHANNEL_FINISH)
        atomic_store(&daemon->retiring, false);
    if (word != CHANNEL_DRAIN)
        atomic_store(&daemon->expects_more, false);
    if (!receiver->told)
        eventfd_write(daemon->words, 1);
    receiver->told = true;
}

/* A connection that can't be served does not count as handed over: no drain waits for it. */
static void take_back(struct daemon *daemon)
{
    atomic_fetch_sub(&daemon->loops[0].http.worker->handed, 1);
}

static void take_connection(struct daemon *daemon, const struct accepted *accepted)
{
    if (loop_give(&daemon->loops[0], accepted->fd, (const struct sockaddr *)&accepted->peer,
                  accepted->length))
        take_back(daemon);
}

static void *receive(void *cls)
{
    struct receiver *receiver = cls;
    struct daemon *daemon = receiver->daemon;
    enum channel_word word = CHANNEL_CONNECTION;
    while (word != CHANNEL_END) {
        struct accepted accepted;
        int error = channel_receive(&receiver->channel, true, &word, &accepted);
        if (error == -EMFILE)
            take_back(daemon);
        if (error)
            continue;
        if (word == CHANNEL_CONNECTION)
            take_connection(daemon, &accepted);
        else
            take_word(receiver, word);
    }
    return NULL;
}

/* After the fork: signals go to the supervisor, which sends words through the channel. */
static int settle_in(struct daemon *daemon)
{
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    for (unsigned i = 0; i < daemon->listener_count; i++)
        listener_close(&daemon->listeners[i]);
    daemon->listener_count = 0;
    manager_deinit(&daemon->manager);
    close(daemon->words);
    daemon->words = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    atomic_store(&daemon->expects_more, true);
    return daemon->words < 0 ? -errno : 0;
}

/*
 * A process of the reserve hands over what it is sent of large bodies all the same, and its threads
 * inherit the supervisor's short slices. The handler threads are not shown in /stats, which is of
 * all processes.
 */
static int start_reserve(struct daemon *daemon, const struct supervisor_child *child)
{
    if (child->number >= daemon->options.reserve) {
        slice_default();
        return 0;
    }
    int error = http_start_handlers(&daemon->http, 1, daemon->options.queue);
    daemon->http.context.handlers = NULL;
    return error;
}

static int start_child(struct daemon *daemon, const struct supervisor_child *child,
                       struct receiver *receiver)
{
    int error = settle_in(daemon);
    if (!error)
        error = daemon_init_http(daemon);
    if (!error)
        error = start_reserve(daemon, child);
    if (!error) {
        daemon->loop_count = 1;
        http_share(&daemon->http, daemon->addresses,
                   stats_place_of(daemon->stats, child->number, child->generation));
        error = daemon_start_loop(
            daemon, 0, stats_worker(daemon->stats, child->number, child->generation), 0, NULL);
    }
    if (!error)
        error = -pthread_create(&receiver->thread, NULL, receive, receiver);
    return error;
}

static int run_child(struct daemon *daemon, const struct supervisor_child *child)
{
    struct receiver receiver = {.daemon = daemon, .channel = child->channel};
    int result = start_child(daemon, child, &receiver);
    if (!result) {
        result = serve_as_child(daemon);
        shutdown(receiver.channel.worker, SHUT_RD); /* wakes the receiver */
        pthread_join(receiver.thread, NULL);
    }
    channel_close(&receiver.channel);
    return result ? DAEMON_CUT : 0;
}

static int prefork_serve(struct daemon *daemon)
{
    struct supervisor_child child = {0};
    struct supervisor supervisor;
    if (daemon->options.reserve)
        slice_short();
    int result = supervisor_init(&supervisor, daemon);
    if (!result)
        result = supervisor_run(&supervisor, &child);
    return result == SUPERVISOR_CHILD ? run_child(daemon, &child) : result;
}

const struct engine engine_prefork = {
    .loop_each = true,
    .forks = true,
    .chooses = true,
    .generations = 2,
    .serve = prefork_serve,
};
