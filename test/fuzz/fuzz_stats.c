/*
 * fuzz_stats.c: what a server says of itself at /stats, which may be any server. What is read once
 * and taken off again leaves nothing.
 */
#include "fuzz.h"
#include "systems/server_stats.h"

#include <string.h>

/* Most have counted nothing. */
static void empty(struct histogram *histogram)
{
    histogram->counts[0] = 0;
    if (histogram->max)
        memset(histogram->counts, 0, (size_t)histogram->counts_length * sizeof *histogram->counts);
    histogram->total = histogram->sum = 0;
    histogram->min = histogram->max = 0;
}

static void empty_holds(struct server_holds *holds)
{
    empty(&holds->loop);
    empty(&holds->large);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Made once: most inputs are read in less time than that takes, and count nothing. */
    static struct server_holds now;
    static struct server_holds before;
    struct server_stats stats;
    if (!now.loop.counts)
        fuzz_demand(server_holds_init(&now) == 0 && server_holds_init(&before) == 0, "no memory");
    const char *text = (const char *)data;
    const int r = server_stats_parse(text, size, &stats, &now);
    fuzz_demand(r == 0 || r == SERVER_STATS_FOREIGN, "it ends in a way of its own");
    if (r == 0) {
        fuzz_demand(stats.worker_count <= SERVER_WORKERS_MOST,
                    "more workers than there is room for");
        fuzz_demand(server_stats_parse(text, size, &stats, &before) == 0, "it is read once only");
        fuzz_demand(now.loop.total == before.loop.total, "two readings differ");
        server_stats_forget(&stats, &now, &before);
        fuzz_demand(now.loop.total == 0 && now.large.total == 0, "something is left");
        empty_holds(&now);
        empty_holds(&before);
    }
    return 0;
}
