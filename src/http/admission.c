/* admission.c: see admission.h. */
#include "http/admission.h"

#include "base/clock.h"

#include <linux/tcp.h>

/* The kernel's clock for sockets may be so much behind: rather one too few is counted. */
#define KERNEL_TICK_NS (4 * NS_PER_MS)

enum { REQUESTS_A_LOOK = 16 };

/* Requests that were worked on while this one waited to be read. */
static uint64_t worked_meanwhile(const struct link *link, int64_t now_ns)
{
    const struct tcp_info info = connections_info(link->fd);
    const int64_t waited = info.tcpi_last_data_recv * NS_PER_MS - KERNEL_TICK_NS;
    return waited > 0 ? worker_worked_since(link->worker, now_ns - waited) : 0;
}

static bool is_beyond(const struct link *link, unsigned most, int64_t now_ns)
{
    struct worker *worker = link->worker;
    /* In this order: the reaper, which counts out this request, marks it first. */
    const unsigned all = atomic_load_explicit(&worker->working, memory_order_acquire);
    const unsigned own = atomic_load_explicit(&link->counted, memory_order_relaxed);
    const uint64_t working = all > own ? all - own : 0;
    if (working >= most)
        return true;
    const bool pressed = atomic_load_explicit(&worker->pressed, memory_order_relaxed);
    if (!pressed && atomic_load_explicit(&worker->requests, memory_order_relaxed) % REQUESTS_A_LOOK)
        return false;
    const uint64_t before = working + worked_meanwhile(link, now_ns);
    const bool presses = before > most / 2;
    if (presses != pressed)
        atomic_store_explicit(&worker->pressed, presses, memory_order_relaxed);
    return before >= most;
}

bool admission_refuses(const struct http *http, const struct link *link, int64_t now_ns)
{
    const unsigned most = http->options.max_inflight;
    if (!most || !is_beyond(link, most, now_ns))
        return false;
    stats_limited(http->context.stats, STATS_INFLIGHT);
    worker_request_turned_away(link->worker);
    return true;
}
