/* held.c: see held.h. */
#include "http/held.h"

/* So many times --hold-warn a callback goes on before it is told. */
enum { GOES_ON = 10, LOOKED = 1 };

void held_open(struct held *held, const char *id, const char *path, int64_t now_ns)
{
    held->id = id;
    held->path = path;
    held->longest = (struct hold_time){0};
    held_bytes(held, 0);
    held_begin(held, now_ns);
}

static void tell(const struct held *held, const struct held_log *log, int64_t wall_ns,
                 int64_t cpu_ns)
{
    const struct access_log_hold hold = {
        .request_id = held->id,
        .path = held->path,
        .bytes = atomic_load_explicit(&held->bytes, memory_order_relaxed),
        .wall_ns = wall_ns,
        .cpu_ns = cpu_ns,
    };
    access_log_held(log->log, &hold);
}

void held_end(struct held *held, const struct hold_time *time, pthread_mutex_t *lock)
{
    if (atomic_exchange_explicit(&held->since_ns, 0, memory_order_acq_rel) & LOOKED) {
        pthread_mutex_lock(lock);
        pthread_mutex_unlock(lock);
    }
    if (time->wall_ns > held->longest.wall_ns)
        held->longest = *time;
}

void held_close(const struct held *held, const struct held_log *log)
{
    if (log->warn_ns && held->longest.wall_ns > log->warn_ns)
        tell(held, log, held->longest.wall_ns, held->longest.cpu_ns);
}

void held_look(struct held *held, const struct held_log *log, int64_t now_ns)
{
    int64_t since = atomic_load_explicit(&held->since_ns, memory_order_acquire);
    if (!log->warn_ns || !since || now_ns - since <= GOES_ON * log->warn_ns ||
        held->told_since_ns == (since & ~(int64_t)LOOKED))
        return;
    if (!(since & LOOKED) &&
        !atomic_compare_exchange_strong(&held->since_ns, &since, since | LOOKED))
        return;
    held->told_since_ns = since & ~(int64_t)LOOKED;
    tell(held, log, now_ns - since, -1);
}
