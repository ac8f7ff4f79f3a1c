/* acceptor.c: see acceptor.h. */
#include "daemon/acceptor.h"

#include "base/error.h"

/* Bytes of bodies in flight that count as much as one connection. */
enum { BODY_UNIT = 64 << 10 };

/*
 * Workers that differ by no more than this are as busy as each other: a small
 * request in flight delays nobody, and a worker that is slow to close its
 * connections would get fewer than its share.
 */
enum { ALIKE = 2 };

enum { STEP = 32 };

static uint64_t open_connections(const struct worker *worker)
{
    uint64_t closed = atomic_load(&worker->closed);
    return atomic_load(&worker->handed) - closed;
}

uint64_t acceptor_load(const struct worker *worker)
{
    uint64_t bytes = atomic_load(&worker->body_bytes);
    return open_connections(worker) + worker_in_flight(worker) + bytes / BODY_UNIT;
}

static bool can_take(const struct worker *worker, unsigned limit)
{
    return worker && open_connections(worker) < limit;
}

unsigned acceptor_pick(struct worker *const *workers, unsigned count, unsigned last, unsigned limit)
{
    uint64_t least = UINT64_MAX;
    unsigned best = count;
    for (unsigned i = 0; i < count; i++) {
        uint64_t load = can_take(workers[i], limit) ? acceptor_load(workers[i]) : UINT64_MAX;
        if (load < least) {
            least = load;
            best = i;
        }
    }
    for (unsigned i = 1; i <= count; i++) {
        unsigned candidate = (last + i) % count;
        if (can_take(workers[candidate], limit) &&
            acceptor_load(workers[candidate]) <= least + ALIKE)
            return candidate;
    }
    return best;
}

static bool has_room(const struct acceptor *acceptor)
{
    uint64_t open = 0;
    for (unsigned i = 0; i < acceptor->count; i++) {
        if (acceptor->workers[i])
            open += open_connections(acceptor->workers[i]);
    }
    return open < acceptor->limit;
}

/* Accepts a connection into `kept`. Returns ACCEPTOR_MORE when one is there. */
static enum acceptor_state accept_one(struct acceptor *acceptor)
{
    struct accepted *kept = &acceptor->kept;
    if (kept->fd >= 0)
        return ACCEPTOR_MORE;
    kept->length = sizeof kept->peer;
    kept->fd = accept4(acceptor->listener, (struct sockaddr *)&kept->peer, &kept->length,
                       SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (kept->fd >= 0)
        return ACCEPTOR_MORE;
    switch (errno) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
        return ACCEPTOR_MORE; /* only this connection failed */
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return ACCEPTOR_STUCK;
    default:
        return ACCEPTOR_EMPTY;
    }
}

int acceptor_give(struct acceptor *acceptor, const struct accepted *accepted)
{
    unsigned limit = acceptor->limit_each ? acceptor->limit_each : acceptor->limit;
    unsigned worker = acceptor_pick(acceptor->workers, acceptor->count, acceptor->last, limit);
    if (worker == acceptor->count)
        return ACCEPTOR_FULL;
    struct worker *record = acceptor->workers[worker];
    acceptor->last = worker;
    atomic_fetch_add(&record->handed, 1);
    int result = acceptor->give(acceptor->cls, worker, accepted);
    if (result != 0)
        atomic_fetch_sub(&record->handed, 1);
    return result;
}

enum acceptor_state acceptor_step(struct acceptor *acceptor)
{
    enum acceptor_state state = ACCEPTOR_MORE;
    for (int i = 0; i < STEP && state == ACCEPTOR_MORE; i++) {
        if (!has_room(acceptor))
            return ACCEPTOR_STUCK;
        state = accept_one(acceptor);
        if (acceptor->kept.fd < 0)
            continue;
        if (acceptor_give(acceptor, &acceptor->kept) == ACCEPTOR_FULL)
            return ACCEPTOR_STUCK;
        acceptor->kept.fd = -1;
    }
    return state;
}
