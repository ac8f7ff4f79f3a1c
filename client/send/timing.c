/* timing.c: see timing.h. */
#include "send/timing.h"

#include "base/clock.h"
#include "send/server_timing.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define MS_MOST 1e9

/* What is told of one request. */
struct told {
    double total_ms;  /* negative: not told */
    double others_ms; /* of stages during which the loop serves other requests */
};

static void take(void *cls, const struct timing_metric *metric)
{
    struct told *told = cls;
    if (!metric->told || metric->ms >= MS_MOST)
        return;
    if (strcmp(metric->name, "total") == 0)
        told->total_ms = metric->ms;
    else if (strcmp(metric->name, "read") == 0 || strcmp(metric->name, "queue") == 0)
        told->others_ms += metric->ms;
}

bool timing_parse(const char *line, size_t length, struct server_timing *timing)
{
    struct told told = {.total_ms = -1};
    server_timing_read(line, length, take, &told);
    if (told.total_ms < 0)
        return false;
    timing->total_ns = (int64_t)(told.total_ms * (double)NS_PER_MS);
    timing->hold_ns = (int64_t)(fmax(told.total_ms - told.others_ms, 0) * (double)NS_PER_MS);
    return true;
}

bool timing_parse_worker(const char *line, size_t length, char worker[WORKER_NAME_SIZE])
{
    static const char name[] = "X-Worker:";
    if (length < sizeof name || strncasecmp(line, name, sizeof name - 1) != 0)
        return false;
    const char *end = line + length;
    const char *from = line + sizeof name - 1;
    while (from < end && (*from == ' ' || *from == '\t'))
        from++;
    size_t used = 0;
    while (from + used < end && from[used] > ' ' && from[used] < 0x7f &&
           used < WORKER_NAME_SIZE - 1)
        used++;
    memcpy(worker, from, used);
    worker[used] = '\0';
    return used > 0;
}
