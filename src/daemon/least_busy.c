/*
 * least_busy.c: a loop for each worker without a listening socket, and a thread
 * that accepts and gives each connection to the least busy: see engine.h.
 */
#include "base/slice.h"
#include "daemon/acceptor.h"
#include "daemon/engine.h"
#include "daemon/serve.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { STUCK_MS = 5 };

struct dealer {
    struct acceptor acceptor;
    struct heads heads;
    struct loop *loops;
    struct worker *workers[MODE_WORKERS_MAX];
    pthread_t thread;
    int stop; /* eventfd */
};

static int give(void *cls, unsigned worker, const struct accepted *accepted)
{
    const struct dealer *dealer = cls;
    return loop_give(&dealer->loops[worker], accepted->fd, (const struct sockaddr *)&accepted->peer,
                     accepted->length);
}

/* Until told to stop; then what was accepted is still given. */
static void *deal(void *cls)
{
    struct dealer *dealer = cls;
    if (dealer->acceptor.reserve)
        slice_short();
    struct pollfd events[] = {
        {.fd = dealer->stop, .events = POLLIN},
        {.fd = dealer->acceptor.listener, .events = POLLIN},
        {.fd = heads_events(dealer->acceptor.heads), .events = POLLIN},
    };
    enum acceptor_state state = ACCEPTOR_EMPTY;
    for (;;) {
        const bool stuck = state == ACCEPTOR_STUCK;
        const int idle_ms = heads_due_ms(dealer->acceptor.heads);
        poll(events, stuck ? 1 : ARRAY_LENGTH(events),
             stuck                    ? STUCK_MS
             : state == ACCEPTOR_MORE ? 0
                                      : idle_ms);
        if (events[0].revents && acceptor_ends(&dealer->acceptor))
            return NULL;
        state = acceptor_step(&dealer->acceptor);
    }
}

/* The threads inherit slices: the reserve's work is short, and need not wait for the others'
 * parses. */
static int start_loops(struct daemon *daemon, struct dealer *dealer)
{
    const unsigned reserve = daemon->options.reserve;
    int error = 0;
    if (reserve)
        slice_short();
    daemon->loop_count = daemon->options.workers;
    for (unsigned i = 0; i < daemon->loop_count && !error; i++) {
        if (reserve && i == reserve)
            slice_default();
        dealer->workers[i] = stats_worker(daemon->stats, i, 0);
        error = daemon_start_loop(daemon, i, dealer->workers[i], 0, NULL);
    }
    return error;
}

/* The loops of the reserve hand over what they are sent of large bodies all the same. */
static int start_reserve(struct daemon *daemon, struct dealer *dealer)
{
    const struct daemon_options *options = &daemon->options;
    if (!options->reserve)
        return 0;
    int error = heads_init(&dealer->heads, options->http.lane.size);
    return error ? error : http_start_handlers(&daemon->http, options->reserve, options->queue);
}

static int start_dealer(struct daemon *daemon, struct dealer *dealer)
{
    dealer->loops = daemon->loops;
    dealer->acceptor = (struct acceptor){
        .listener = daemon->listeners[0].fd,
        .count = daemon->loop_count,
        .limit = daemon_room(daemon).most,
        .last = daemon->loop_count - 1,
        .reserve = daemon->options.reserve,
        .heads = daemon->options.reserve ? &dealer->heads : NULL,
        .workers = dealer->workers,
        .give = give,
        .cls = dealer,
        .kept.fd = -1,
    };
    dealer->stop = eventfd(0, EFD_CLOEXEC);
    if (dealer->stop < 0)
        return -errno;
    int error = listener_no_wait(&daemon->listeners[0]);
    if (!error)
        error = -pthread_create(&dealer->thread, NULL, deal, dealer);
    if (error)
        close(dealer->stop);
    return error;
}

static int least_busy_start(struct daemon *daemon)
{
    struct dealer *dealer = calloc(1, sizeof *dealer);
    if (!dealer)
        return -ENOMEM;
    int error = start_reserve(daemon, dealer);
    if (!error)
        error = start_loops(daemon, dealer);
    if (!error)
        error = start_dealer(daemon, dealer);
    if (error) {
        heads_deinit(&dealer->heads);
        free(dealer);
    } else {
        daemon->dealer = dealer;
    }
    return error;
}

static void least_busy_refuse(struct daemon *daemon)
{
    struct dealer *dealer = daemon->dealer;
    if (!dealer)
        return;
    daemon->dealer = NULL;
    eventfd_write(dealer->stop, 1);
    pthread_join(dealer->thread, NULL);
    close(dealer->stop);
    acceptor_close(&dealer->acceptor);
    free(dealer);
}

const struct engine engine_least_busy = {
    .loop_each = true,
    .chooses = true,
    .generations = 1,
    .start = least_busy_start,
    .serve = serve_until_told,
    .refuse = least_busy_refuse,
};
