/* life.c: see life.h. */
#include "daemon/life.h"

#include "base/clock.h"
#include "base/log.h"

/* Of the manager's patience: how often loops are asked, and it is told; and how long one may be
 * away. */
enum { ASKED = 8, TOLD = 4, AWAY = 2 };

/* So often, at the most, for connections that a loop was given and has not taken. */
#define MISSED_NS (200 * NS_PER_MS)

int64_t life_pause_ns(const struct daemon *daemon)
{
    const int64_t patience = daemon->manager.watchdog_ns;
    return patience ? patience / ASKED : NS_PER_S;
}

/*
 * A worker that can't be asked, for want of room or descriptors, is not taken for stuck. Threads of
 * a pool have other numbers there, so none of them is.
 */
static void ask(struct loop *loop, unsigned number)
{
    const bool asked = !loop_ask(loop, number);
    for (unsigned k = 0; !asked && k < loop->http.workers; k++)
        worker_is_seen(loop->http.worker + k, clock_now_ns());
}

static bool misses_some(const struct loop *loop)
{
    return atomic_load(&loop->http.given) > atomic_load(&loop->http.worker->connections);
}

/* How long after the last time the loops are to be asked again. */
static int64_t asked_again_ns(const struct daemon *daemon)
{
    const int64_t pause = daemon->manager.watchdog_ns ? life_pause_ns(daemon) : INT64_MAX;
    for (unsigned i = 0; i < daemon->loop_count && pause > MISSED_NS; i++) {
        if (misses_some(&daemon->loops[i]))
            return MISSED_NS;
    }
    return pause;
}

void life_ask(struct daemon *daemon)
{
    const int64_t now = clock_now_ns();
    if (now - daemon->asked_ns < asked_again_ns(daemon))
        return;
    daemon->asked_ns = now;
    for (unsigned i = 0; i < daemon->loop_count; i++) {
        for (unsigned k = 0; k < daemon->loops[i].http.workers; k++)
            ask(&daemon->loops[i], k);
    }
}

/* The first worker, of all processes, that has not been seen for too long; or NULL. */
static const struct worker *find_stuck(struct daemon *daemon, int64_t now_ns)
{
    for (unsigned i = 0; i < stats_places(daemon->stats); i++) {
        const struct worker *worker = stats_place(daemon->stats, i);
        if (atomic_load(&worker->pid) &&
            now_ns - atomic_load(&worker->seen_ns) > daemon->manager.watchdog_ns / AWAY)
            return worker;
    }
    return NULL;
}

void life_tell(struct daemon *daemon)
{
    const struct manager *manager = &daemon->manager;
    const int64_t now = clock_now_ns();
    if (manager->fd < 0 || !manager->watchdog_ns ||
        now - daemon->told_ns < manager->watchdog_ns / TOLD)
        return;
    const struct worker *stuck = find_stuck(daemon, now);
    if (!stuck) {
        daemon->told_ns = now;
        daemon->told_stuck = false;
        manager_feed(manager);
    } else if (!daemon->told_stuck) {
        daemon->told_stuck = true;
        log_message("worker %u: its loop has not gone round for %.1f s; the service manager's "
                    "watchdog is not fed until it does",
                    stuck->number, (double)(now - atomic_load(&stuck->seen_ns)) / 1e9);
    }
}
