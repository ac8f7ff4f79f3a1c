/* mode.c: see mode.h. */
#include "daemon/mode.h"

#include <microhttpd.h>
#include <string.h>

#define ON(kind) (1U << (kind))

/* An event loop, whose connections can be suspended. */
#define LOOP ((unsigned)MHD_USE_INTERNAL_POLLING_THREAD | (unsigned)MHD_ALLOW_SUSPEND_RESUME)

static const struct mode modes[] = {
    {
        .name = "select",
        .summary = "one event loop for all connections (the async def analogue)",
        .mhd_flags = LOOP,
        .polls = ON(POLL_EPOLL) | ON(POLL_POLL) | ON(POLL_SELECT),
        .first = POLL_EPOLL,
        .engine = &engine_single,
    },
    {
        .name = "threads",
        .summary = "one thread per connection (the def analogue)",
        .mhd_flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION,
        .answered_by = SERVING_BY_CONNECTION,
        .polls = ON(POLL_POLL) | ON(POLL_SELECT),
        .first = POLL_POLL,
        .engine = &engine_single,
    },
    {
        .name = "pool",
        .summary = "--workers event loops in one process",
        .mhd_flags = LOOP,
        .polls = ON(POLL_EPOLL) | ON(POLL_POLL) | ON(POLL_SELECT),
        .first = POLL_EPOLL,
        .engine = &engine_least_busy,
        .worker_kind = WORKERS_LOOPS,
        .balances = true,
    },
    {
        .name = "prefork",
        .summary = "--workers processes with an event loop each, supervised",
        .mhd_flags = LOOP,
        .polls = ON(POLL_EPOLL) | ON(POLL_POLL) | ON(POLL_SELECT),
        .first = POLL_EPOLL,
        .engine = &engine_prefork,
        .worker_kind = WORKERS_PROCESSES,
        .workers = 4,
    },
    {
        .name = "offload",
        .summary = "one event loop; handler threads make the answers (FastAPI's def)",
        .mhd_flags = LOOP,
        .polls = ON(POLL_EPOLL) | ON(POLL_POLL) | ON(POLL_SELECT),
        .first = POLL_EPOLL,
        .engine = &engine_offload,
        .answered_by = SERVING_BY_HANDLERS,
        .worker_kind = WORKERS_HANDLERS,
        .workers = 40,
    },
    {
        .name = "hybrid",
        .summary = "one event loop; handler threads answer the large bodies only",
        .mhd_flags = LOOP,
        .polls = ON(POLL_EPOLL) | ON(POLL_POLL) | ON(POLL_SELECT),
        .first = POLL_EPOLL,
        .engine = &engine_offload,
        .answered_by = SERVING_BY_SIZE,
        .worker_kind = WORKERS_HANDLERS,
        .workers = 40,
    },
};

static const struct balance balances[] = {
    {"least-busy", &engine_least_busy},
    {"reuseport", &engine_reuseport},
    {"mhd", &engine_mhd_pool},
};

static const struct {
    const char *name;
    unsigned mhd_flags;
    enum MHD_FEATURE feature;
} polls[POLL_KINDS] = {
    [POLL_AUTO] = {"auto", 0, MHD_FEATURE_MESSAGES},
    [POLL_EPOLL] = {"epoll", MHD_USE_EPOLL, MHD_FEATURE_EPOLL},
    [POLL_POLL] = {"poll", MHD_USE_POLL, MHD_FEATURE_POLL},
    [POLL_SELECT] = {"select", 0, MHD_FEATURE_MESSAGES},
};

size_t mode_count(void)
{
    return ARRAY_LENGTH(modes);
}

const struct mode *mode_at(size_t index)
{
    return &modes[index];
}

const struct mode *mode_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(modes); i++) {
        if (strcmp(modes[i].name, name) == 0)
            return &modes[i];
    }
    return NULL;
}

const struct balance *balance_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(balances); i++) {
        if (strcmp(balances[i].name, name) == 0)
            return &balances[i];
    }
    return NULL;
}

unsigned mode_workers(const struct mode *mode, long processors)
{
    if (mode->worker_kind == WORKERS_NONE)
        return 1;
    if (mode->workers)
        return mode->workers;
    if (processors > MODE_WORKERS_MAX)
        return MODE_WORKERS_MAX;
    return processors > 2 ? (unsigned)processors : 2;
}

struct serving mode_serving(const struct mode *mode, unsigned workers)
{
    const unsigned loops = mode->engine->loop_each ? workers : 1;
    return (struct serving){
        .loops = mode->answered_by == SERVING_BY_CONNECTION ? 0 : loops,
        .answered_by = mode->answered_by,
    };
}

const char *poll_name(enum poll_kind kind)
{
    return polls[kind].name;
}

const char *mode_choice(size_t index)
{
    return index < ARRAY_LENGTH(modes) ? modes[index].name : NULL;
}

const char *balance_choice(size_t index)
{
    return index < ARRAY_LENGTH(balances) ? balances[index].name : NULL;
}

const char *poll_choice(size_t index)
{
    return index < POLL_KINDS ? polls[index].name : NULL;
}

unsigned poll_mhd_flags(enum poll_kind kind)
{
    return polls[kind].mhd_flags;
}

static int is_here(enum poll_kind kind)
{
    return kind == POLL_SELECT || MHD_is_feature_supported(polls[kind].feature) == MHD_YES;
}

enum poll_kind mode_resolve_poll(const struct mode *mode, enum poll_kind kind)
{
    if (kind != POLL_AUTO)
        return (mode->polls & ON(kind)) && is_here(kind) ? kind : POLL_KINDS;
    if (is_here(mode->first))
        return mode->first;
    return is_here(POLL_POLL) ? POLL_POLL : POLL_SELECT;
}
