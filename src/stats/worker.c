/* worker.c: see worker.h. */
#include "stats/worker.h"

#include "base/clock.h"

static void add(_Atomic uint64_t *counter, uint64_t amount)
{
    atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

void worker_start(struct worker *worker, int pid)
{
    atomic_fetch_add(&worker->starts, 1);
    atomic_store(&worker->began_ns, clock_now_ns());
    worker_is_seen(worker, clock_now_ns());
    atomic_store(&worker->pid, pid);
}

void worker_serves(struct worker *worker)
{
    atomic_store(&worker->ready, true);
}

bool worker_is_ready(const struct worker *worker)
{
    return atomic_load(&worker->ready);
}

void worker_end(struct worker *worker)
{
    uint64_t connections = atomic_load(&worker->connections);
    atomic_store(&worker->pid, 0);
    atomic_store(&worker->ready, false);
    atomic_store(&worker->in_flight, 0);
    atomic_store(&worker->body_bytes, 0);
    atomic_store(&worker->working, 0);
    atomic_store(&worker->closed, connections);
    atomic_store(&worker->handed, connections);
}

void worker_connection_begins(struct worker *worker)
{
    add(&worker->connections, 1);
}

void worker_connection_ends(struct worker *worker)
{
    add(&worker->closed, 1);
}

void worker_connection_lost(struct worker *worker)
{
    worker_connection_begins(worker);
    worker_connection_ends(worker);
}

static uint64_t difference(uint64_t all, uint64_t some)
{
    return all > some ? all - some : 0;
}

static uint64_t worked(const struct worker *worker)
{
    return difference(atomic_load(&worker->requests), atomic_load(&worker->turned_away));
}

static uint64_t open_connections(const struct worker *worker)
{
    return difference(atomic_load(&worker->connections), atomic_load(&worker->closed));
}

/* Threads that share a worker may both take note of a tick: the figures are as good. */
void worker_tick(struct worker *worker, int64_t now_ns)
{
    const int64_t tick = now_ns / WORKER_TICK_NS;
    unsigned newest = atomic_load_explicit(&worker->newest, memory_order_relaxed);
    if (atomic_load_explicit(&worker->past[newest % WORKER_PAST].tick, memory_order_relaxed) >=
        tick)
        return;
    struct worker_past *next = &worker->past[++newest % WORKER_PAST];
    atomic_store_explicit(&next->worked, worked(worker), memory_order_relaxed);
    atomic_store_explicit(&next->open, open_connections(worker), memory_order_relaxed);
    atomic_store_explicit(&next->tick, tick, memory_order_relaxed);
    atomic_store_explicit(&worker->newest, newest, memory_order_relaxed);
}

uint64_t worker_worked_since(const struct worker *worker, int64_t since_ns)
{
    const int64_t since = since_ns / WORKER_TICK_NS + 1;
    const uint64_t now = worked(worker);
    uint64_t then = now;
    uint64_t open = open_connections(worker);
    unsigned newest = atomic_load(&worker->newest);
    for (unsigned i = 0; i < WORKER_PAST; i++) {
        const struct worker_past *past = &worker->past[(newest - i) % WORKER_PAST];
        const uint64_t were_open = atomic_load(&past->open);
        if (atomic_load(&past->tick) < since)
            break;
        then = atomic_load(&past->worked);
        open = were_open > open ? were_open : open;
    }
    const uint64_t since_then = difference(now, then);
    return since_then < open ? since_then : open;
}

void worker_request_begins(struct worker *worker)
{
    atomic_fetch_add(&worker->in_flight, 1);
}

void worker_request_grows(struct worker *worker, uint64_t bytes)
{
    if (bytes)
        add(&worker->body_bytes, bytes);
}

void worker_request_answered(struct worker *worker)
{
    add(&worker->requests, 1);
}

void worker_request_turned_away(struct worker *worker)
{
    add(&worker->turned_away, 1);
}

void worker_request_handled(struct worker *worker)
{
    add(&worker->by_handlers, 1);
}

void worker_body_waits(struct worker *worker)
{
    add(&worker->turn_waits, 1);
}

void worker_gives_way(struct worker *worker)
{
    add(&worker->gave_way, 1);
}

void worker_request_ends(struct worker *worker, uint64_t bytes)
{
    if (bytes)
        atomic_fetch_sub_explicit(&worker->body_bytes, bytes, memory_order_relaxed);
    atomic_fetch_sub(&worker->in_flight, 1);
}

unsigned worker_in_flight(const struct worker *worker)
{
    return atomic_load(&worker->in_flight);
}
