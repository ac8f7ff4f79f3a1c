/* acceptor.c: see acceptor.h. */
#include "daemon/acceptor.h"

#include "base/error.h"

#include <unistd.h>

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

#define CANNOT_TAKE UINT64_MAX

/* How busy a worker is; the unit is a connection. */
static uint64_t load_of(const struct acceptor *acceptor, unsigned number)
{
    const struct worker *worker = acceptor->workers[number];
    const unsigned limit = acceptor->limit_each ? acceptor->limit_each : acceptor->limit;
    if (!worker || open_connections(worker) >= limit)
        return CANNOT_TAKE;
    const uint64_t bytes = number < acceptor->reserve ? 0 : atomic_load(&worker->body_bytes);
    return open_connections(worker) + worker_in_flight(worker) + bytes / BODY_UNIT;
}

unsigned acceptor_pick(const struct acceptor *acceptor, bool large)
{
    const unsigned first = large ? acceptor->reserve : 0;
    uint64_t least = CANNOT_TAKE;
    unsigned best = acceptor->count;
    for (unsigned i = first; i < acceptor->count; i++) {
        const uint64_t load = load_of(acceptor, i);
        if (load < least) {
            least = load;
            best = i;
        }
    }
    for (unsigned i = 1; i <= acceptor->count && best < acceptor->count; i++) {
        const unsigned candidate = (acceptor->last + i) % acceptor->count;
        if (candidate >= first && load_of(acceptor, candidate) <= least + ALIKE)
            return candidate;
    }
    return best;
}

static bool has_room(const struct acceptor *acceptor)
{
    uint64_t open = heads_count(acceptor->heads);
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

static int give(struct acceptor *acceptor, const struct accepted *accepted, enum first_head head)
{
    unsigned worker = acceptor_pick(acceptor, head == FIRST_HEAD_LARGE);
    if (worker == acceptor->count && head == FIRST_HEAD_LARGE)
        worker = acceptor_pick(acceptor, false); /* rather there than that others wait behind it */
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

int acceptor_give(struct acceptor *acceptor, const struct accepted *accepted)
{
    return give(acceptor, accepted, heads_look(acceptor->heads, accepted->fd));
}

/* Those that waited for their heads, for long enough. Returns 0 or ACCEPTOR_FULL. */
static int give_waiting(struct acceptor *acceptor)
{
    struct waiting *waiting;
    while ((waiting = heads_ready(acceptor->heads))) {
        if (give(acceptor, &waiting->accepted, waiting->head) == ACCEPTOR_FULL)
            return ACCEPTOR_FULL;
        heads_forget(acceptor->heads, waiting);
    }
    return 0;
}

/* The accepted connection. Returns 0 when it is given, or waits for its head; or ACCEPTOR_FULL. */
static int give_kept(struct acceptor *acceptor)
{
    struct accepted *kept = &acceptor->kept;
    const enum first_head head = heads_look(acceptor->heads, kept->fd);
    if (!(head == FIRST_HEAD_MORE && heads_wait(acceptor->heads, kept)) &&
        give(acceptor, kept, head) == ACCEPTOR_FULL)
        return ACCEPTOR_FULL;
    kept->fd = -1;
    return 0;
}

enum acceptor_state acceptor_step(struct acceptor *acceptor)
{
    enum acceptor_state state = ACCEPTOR_MORE;
    if (give_waiting(acceptor))
        return ACCEPTOR_STUCK;
    for (int i = 0; i < STEP && state == ACCEPTOR_MORE; i++) {
        if (!has_room(acceptor))
            return ACCEPTOR_STUCK;
        state = accept_one(acceptor);
        if (acceptor->kept.fd < 0)
            continue;
        if (give_kept(acceptor))
            return ACCEPTOR_STUCK;
    }
    return state;
}

bool acceptor_ends(struct acceptor *acceptor)
{
    heads_hurry(acceptor->heads);
    return acceptor->kept.fd < 0 && heads_count(acceptor->heads) == 0;
}

void acceptor_close(struct acceptor *acceptor)
{
    if (acceptor->kept.fd >= 0)
        close(acceptor->kept.fd);
    acceptor->kept.fd = -1;
    heads_deinit(acceptor->heads);
    acceptor->heads = NULL;
}
