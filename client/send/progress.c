/* progress.c: see progress.h. */
#include "send/progress.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_INTERVAL_NS (10 * NS_PER_S)
#define REWRITE_INTERVAL_NS (190 * NS_PER_MS) /* a little below the runner's tick */
#define ERASE_LINE "\r\033[K"

void progress_init(struct progress *progress, bool quiet)
{
    memset(progress, 0, sizeof *progress);
    progress->quiet = quiet;
    progress->terminal = isatty(STDERR_FILENO) == 1;
    progress->title = "";
    progress->shown_ns = clock_now_ns();
}

void progress_begin(struct progress *progress, const char *title, int64_t duration_ns)
{
    progress->title = title;
    progress->start_ns = clock_now_ns();
    progress->duration_ns = duration_ns;
}

static size_t add_row(char *line, size_t used, size_t room, const struct progress_row *row)
{
    int length = snprintf(line + used, room - used, "; %s %llu sent", row->name,
                          (unsigned long long)row->sent);
    used += (size_t)length < room - used ? (size_t)length : room - used - 1;
    if (row->waiting) {
        length =
            snprintf(line + used, room - used, ", %llu waiting", (unsigned long long)row->waiting);
        used += (size_t)length < room - used ? (size_t)length : room - used - 1;
    }
    if (row->failed) {
        length =
            snprintf(line + used, room - used, ", %llu failed", (unsigned long long)row->failed);
        used += (size_t)length < room - used ? (size_t)length : room - used - 1;
    }
    return used;
}

void progress_tick(struct progress *progress, const struct progress_row *rows, size_t count)
{
    int64_t now = clock_now_ns();
    int64_t interval = progress->terminal ? REWRITE_INTERVAL_NS : LINE_INTERVAL_NS;
    if (progress->quiet || now - progress->shown_ns < interval)
        return;
    progress->shown_ns = now;
    char line[1024];
    enum { ROOM = sizeof line - 2 };
    double elapsed = (double)(now - progress->start_ns) / (double)NS_PER_S;
    double duration = (double)progress->duration_ns / (double)NS_PER_S;
    int opening =
        snprintf(line, ROOM, "%s%.80s%s%.1f of %.4g s", progress->terminal ? ERASE_LINE : "",
                 progress->title, progress->title[0] ? ": " : "",
                 elapsed < duration ? elapsed : duration, duration);
    size_t used = (size_t)opening;
    for (size_t i = 0; i < count; i++)
        used = add_row(line, used, ROOM, &rows[i]);
    if (!progress->terminal)
        line[used++] = '\n';
    log_raw(line, used);
}

void progress_end(struct progress *progress)
{
    if (progress->terminal && !progress->quiet)
        log_raw(ERASE_LINE, sizeof ERASE_LINE - 1);
}
