/*
 * least_busy.c: a loop for each worker without a listening socket, and a thread
 * that accepts and gives each connection to the least busy: see engine.h.
 */
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
    struct pollfd events[] = {
        {.fd = dealer->stop, .events = POLLIN},
        {.fd = dealer->acceptor.listener, .events = POLLIN},
    };
    enum acceptor_state state = ACCEPTOR_EMPTY;
    for (;;) {
        const bool stuck = state == ACCEPTOR_STUCK;
        poll(events, stuck ? 1 : 2, stuck ? STUCK_MS : state == ACCEPTOR_MORE ? 0 : -1);
        if (events[0].revents && dealer->acceptor.kept.fd < 0)
            return NULL;
        state = acceptor_step(&dealer->acceptor);
    }
}

static int start_loops(struct daemon *daemon, struct dealer *dealer)
{
    int error = 0;
    daemon->loop_count = daemon->options.workers;
    for (unsigned i = 0; i < daemon->loop_count && !error; i++) {
        dealer->workers[i] = stats_worker(daemon->stats, i, 0);
        error = daemon_start_loop(daemon, i, dealer->workers[i], 0, NULL);
    }
    return error;
}

static int start_dealer(struct daemon *daemon, struct dealer *dealer)
{
    dealer->loops = daemon->loops;
    dealer->acceptor = (struct acceptor){
        .listener = daemon->listeners[0].fd,
        .count = daemon->loop_count,
        .limit = daemon_room(daemon).most,
        .last = daemon->loop_count - 1,
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
    int error = start_loops(daemon, dealer);
    if (!error)
        error = start_dealer(daemon, dealer);
    if (error)
        free(dealer);
    else
        daemon->dealer = dealer;
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
    free(dealer);
}

const struct engine engine_least_busy = {
    .loop_each = true,
    .generations = 1,
    .start = least_busy_start,
    .serve = serve_until_told,
    .refuse = least_busy_refuse,
};
