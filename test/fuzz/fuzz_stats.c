/*
 * fuzz_stats.c: what a server says of itself at /stats, which may be any server. What is read once
 * and taken off again leaves nothing.
 */
#include "base/error.h"
#include "fuzz.h"
#include "systems/server_stats.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct server_stats stats;
    CLEANUP(server_holds_deinit)
    struct server_holds now = {0};
    CLEANUP(server_holds_deinit)
    struct server_holds before = {0};
    if (server_holds_init(&now) || server_holds_init(&before))
        return 0;
    char *text = (char *)fuzz_copy(data, size);
    const int r = server_stats_parse(text, size, &stats, &now);
    fuzz_demand(r == 0 || r == SERVER_STATS_FOREIGN, "it ends in a way of its own");
    if (r == 0) {
        fuzz_demand(stats.worker_count <= SERVER_WORKERS_MOST,
                    "more workers than there is room for");
        fuzz_demand(server_stats_parse(text, size, &stats, &before) == 0, "it is read once only");
        fuzz_demand(now.loop.total == before.loop.total, "two readings differ");
        server_stats_forget(&stats, &now, &before);
        fuzz_demand(now.loop.total == 0 && now.large.total == 0, "something is left");
    }
    free(text);
    return 0;
}
