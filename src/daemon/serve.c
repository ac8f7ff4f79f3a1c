/* serve.c: see serve.h. */
#include "daemon/serve.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/pages.h"
#include "daemon/life.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Memory kept for the next large request goes back after this. */
#define KEPT_FOR_NS (300 * NS_PER_MS)
#define TIDY_EVERY_NS (200 * NS_PER_MS)
#define LANE_EVERY_NS (10 * NS_PER_MS) /* while large requests wait */

/* A backlog from which nobody is taken for so long is one that a loop does not look at. */
#define STANDSTILL_NS NS_PER_S

/*
 * While the server drains, a connection whose request has not come yet, or not the whole of its
 * head, may be silent this long, counted from the beginning of the drain and from its last byte. At
 * most a quarter of the drain time-out.
 */
#define GRACE_NS NS_PER_S
#define NO_END_YET (-1)

/*
 * A connection that is kept is idle this long after its last reply: a client that goes on sends
 * its next request in this time, and gets an answer that closes. Whoever is ended sooner has often
 * sent it just then, and it is lost.
 */
#define IDLE_NS (50 * NS_PER_MS)

/* The supervisor's patience ends before that of its workers. */
#define CHILD_PATIENCE_NS (5 * NS_PER_S)

/* Waits up to `ns` for a word; true when one to end came. At SIGHUP files are read anew. */
static bool wait_for_word(struct daemon *daemon, int64_t ns)
{
    struct signalfd_siginfo got; /* a supervisor's word is shorter */
    struct pollfd words = {.fd = daemon->words, .events = POLLIN};
    const struct timespec limit = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    if (ppoll(&words, 1, &limit, NULL) <= 0)
        return false;
    const ssize_t length = read(daemon->words, &got, sizeof got);
    if (length != sizeof got || got.ssi_signo != SIGHUP)
        return length > 0;
    if (stats_is_draining(daemon->stats))
        return false; /* what ends reads nothing anew, and is not ready again */
    manager_reloading(&daemon->manager);
    reload_again(&daemon->files);
    daemon_is_ready(daemon);
    return false;
}

/* What is done now and then. Returns true while requests wait in the lane. */
static bool look_after(struct daemon *daemon)
{
    life_ask(daemon);
    life_tell(daemon);
    return http_tick(&daemon->http);
}

static int64_t grace_ns(const struct daemon *daemon)
{
    int64_t quarter = daemon->options.drain_timeout_ns / 4;
    return quarter < GRACE_NS ? quarter : GRACE_NS;
}

static bool nothing_waits(const struct daemon *daemon)
{
    for (unsigned i = 0; i < daemon->listener_count; i++) {
        if (listener_has_backlog(&daemon->listeners[i]))
            return false;
    }
    return !atomic_load(&daemon->expects_more);
}

static bool no_request_left(const struct daemon *daemon)
{
    return daemon_in_flight(daemon) == 0;
}

/* No request, and no connection that may bring one. */
static bool nothing_left(const struct daemon *daemon)
{
    for (unsigned i = 0; i < daemon->loop_count; i++) {
        const struct worker *worker = daemon->loops[i].http.worker;
        if (atomic_load(&worker->handed) > atomic_load(&worker->connections))
            return false;
    }
    return no_request_left(daemon) && connections_left(&daemon->http.connections) == 0;
}

/*
 * Polls `done` until it holds three times in a row (a loop may be between two
 * events at any one of them). The drain began at `began_ns`. Returns 0, or DAEMON_CUT at
 * the deadline or a word.
 */
static int settle(struct daemon *daemon, bool (*done)(const struct daemon *daemon),
                  int64_t began_ns, int64_t deadline)
{
    enum { TIMES = 3 };
    const int64_t longest = grace_ns(daemon);
    for (int held = 0; held < TIMES;) {
        if (wait_for_word(daemon, 5 * NS_PER_MS) || clock_now_ns() > deadline)
            return DAEMON_CUT;
        const struct connections_grace grace = {
            .idle_ns = longest < IDLE_NS ? longest : IDLE_NS,
            .head_ns = clock_now_ns() - began_ns < longest ? NO_END_YET : longest,
        };
        connections_end_idle(&daemon->http.connections, &grace);
        look_after(daemon);
        held = done(daemon) ? held + 1 : 0;
    }
    return 0;
}

static bool nobody_lingers(const struct daemon *daemon)
{
    return http_lingering(&daemon->http) == 0;
}

static void refuse_connections(struct daemon *daemon)
{
    if (daemon->engine->refuse)
        daemon->engine->refuse(daemon);
    for (unsigned i = 0; i < daemon->loop_count; i++)
        loop_refuse(&daemon->loops[i]);
    for (unsigned i = 0; i < daemon->listener_count; i++)
        listener_refuse(&daemon->listeners[i]);
}

/* Clients that were refused in mid-body get `linger_ns` at most to read that. */
static int drain(struct daemon *daemon, int64_t timeout_ns, int64_t linger_ns)
{
    const int64_t began = clock_now_ns();
    const int64_t deadline = began + timeout_ns;
    http_drain(&daemon->http);
    for (unsigned i = 0; i < daemon->listener_count; i++)
        listener_drop_new(&daemon->listeners[i]);
    /* Connections that the kernel has accepted for us are served. */
    int cut = settle(daemon, nothing_waits, began, deadline);
    refuse_connections(daemon);
    int64_t patience = clock_now_ns() + grace_ns(daemon);
    if (!cut)
        settle(daemon, nothing_left, began, patience < deadline ? patience : deadline);
    if (!cut)
        cut = settle(daemon, no_request_left, began, deadline);
    patience = clock_now_ns() + linger_ns;
    if (!cut)
        settle(daemon, nobody_lingers, began, patience < deadline ? patience : deadline);
    if (cut)
        log_message("drain cut short: %u requests were not answered", daemon_in_flight(daemon));
    return cut;
}

/* Since when a loop has taken nobody from a backlog that is not empty, and its counts then. */
struct standstill {
    int64_t since_ns;
    uint64_t connections;
    uint64_t requests;
};

/* A loop that answers, or has nothing to answer, is not held by a callback: it does not accept. */
static void end_standstill(struct loop *loop, struct standstill *still, int64_t now_ns)
{
    struct standstill now = {.since_ns = now_ns};
    unsigned in_flight = 0;
    for (unsigned i = 0; i < loop->http.workers; i++) {
        const struct worker *worker = loop->http.worker + i;
        now.connections += atomic_load(&worker->connections);
        now.requests += atomic_load(&worker->requests);
        in_flight += worker_in_flight(worker);
    }
    if (!loop->listener || now.connections != still->connections ||
        !listener_has_backlog(loop->listener)) {
        *still = now;
        return;
    }
    const bool runs = now.requests != still->requests || in_flight == 0;
    if (runs && now_ns - still->since_ns > STANDSTILL_NS) {
        for (unsigned i = 0; i < loop->http.workers; i++)
            loop_ask(loop, i);
        *still = now;
    }
}

/* Serves until a word comes or until the monotonic time `end_ns`. */
static void keep_house(struct daemon *daemon, int64_t end_ns)
{
    struct standstill standstills[MODE_WORKERS_MAX] = {0};
    int64_t pause = TIDY_EVERY_NS;
    for (;;) {
        int64_t left = end_ns - clock_now_ns();
        if (left <= 0 || wait_for_word(daemon, left < pause ? left : pause))
            return;
        pages_trim(KEPT_FOR_NS);
        for (unsigned i = 0; i < daemon->loop_count; i++)
            end_standstill(&daemon->loops[i], &standstills[i], clock_now_ns());
        pause = look_after(daemon) ? LANE_EVERY_NS : TIDY_EVERY_NS;
        if (pause > life_pause_ns(daemon))
            pause = life_pause_ns(daemon);
    }
}

/*
 * Every reply closes its connection; an idle client may still send one request. The other half
 * of the time that the supervisor gives us is for requests that came late.
 */
static void let_connections_end(struct daemon *daemon)
{
    const struct worker *worker = daemon->loops[0].http.worker;
    int64_t deadline = clock_now_ns() + daemon->options.drain_timeout_ns / 2;
    http_drain(&daemon->http);
    while (atomic_load(&daemon->retiring) && clock_now_ns() < deadline &&
           atomic_load(&worker->handed) > atomic_load(&worker->closed)) {
        wait_for_word(daemon, 5 * NS_PER_MS);
        look_after(daemon);
    }
}

int serve_as_child(struct daemon *daemon)
{
    keep_house(daemon, INT64_MAX);
    let_connections_end(daemon);
    return drain(daemon, daemon->options.drain_timeout_ns + CHILD_PATIENCE_NS,
                 daemon->options.drain_timeout_ns / 4);
}

int serve_until_told(struct daemon *daemon)
{
    daemon_is_ready(daemon);
    keep_house(daemon, INT64_MAX);
    manager_stopping(&daemon->manager);
    stats_drain_begins(daemon->stats);
    keep_house(daemon, clock_now_ns() + daemon->options.drain_delay_ns);
    return drain(daemon, daemon->options.drain_timeout_ns, daemon->options.drain_timeout_ns);
}
