/* timing.c: see timing.h. */
#include "send/timing.h"

#include "base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LINE_MOST = 1024 };

/* "name;desc=x;dur=1.25": the ms of a metric whose name is `name`, or NAN. */
static double duration_of(const char *metric, const char *name)
{
    size_t length = strlen(name);
    const char *text = strstr(metric, ";dur=");
    if (strncmp(metric, name, length) != 0 || metric[length] != ';' || !text)
        return (double)NAN;
    char *end;
    double ms = strtod(text + 5, &end);
    return end != text + 5 && ms >= 0 && ms < 1e9 ? ms : (double)NAN;
}

bool timing_parse(const char *line, size_t length, struct server_timing *timing)
{
    static const char name[] = "Server-Timing:";
    char copy[LINE_MOST];
    if (length < sizeof name || length >= sizeof copy ||
        strncasecmp(line, name, sizeof name - 1) != 0)
        return false;
    memcpy(copy, line + sizeof name - 1, length - sizeof name + 1);
    copy[length - sizeof name + 1] = '\0';
    double total = (double)NAN;
    double others = 0; /* stages during which the loop serves other requests */
    char *position = NULL;
    for (char *metric = strtok_r(copy, ",\r\n", &position); metric;
         metric = strtok_r(NULL, ",\r\n", &position)) {
        metric += strspn(metric, " \t");
        double ms = duration_of(metric, "total");
        total = isnan(ms) ? total : ms;
        double read = duration_of(metric, "read");
        double queue = duration_of(metric, "queue");
        others += (isnan(read) ? 0 : read) + (isnan(queue) ? 0 : queue);
    }
    if (isnan(total))
        return false;
    timing->total_ns = (int64_t)(total * (double)NS_PER_MS);
    timing->hold_ns = (int64_t)(fmax(total - others, 0) * (double)NS_PER_MS);
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
