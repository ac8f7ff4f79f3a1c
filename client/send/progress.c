/* progress.c: see progress.h. */
#include "send/progress.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TOLD_FROM_NS (10 * NS_PER_S)
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

void progress_expect(struct progress *progress, int64_t left_ns)
{
    progress->left_ns = left_ns;
    progress->told = left_ns >= TOLD_FROM_NS;
}

/* "1 min 52 s left" */
static int add_left(char *line, size_t room, int64_t left_ns)
{
    long long seconds = (left_ns + NS_PER_S - 1) / NS_PER_S;
    if (seconds >= 60)
        return snprintf(line, room, "%lld min %lld s left", seconds / 60, seconds % 60);
    return snprintf(line, room, "%lld s left", seconds);
}

void progress_round(struct progress *progress, unsigned round, unsigned rounds)
{
    char line[128];
    if (progress->terminal || progress->quiet || !progress->told)
        return;
    int used = snprintf(line, sizeof line, "round %u of %u: ", round, rounds);
    used += add_left(line + used, sizeof line - (size_t)used - 1, progress->left_ns);
    line[used++] = '\n';
    log_raw(line, (size_t)used);
}

void progress_begin(struct progress *progress, const char *title, int64_t duration_ns)
{
    progress->title = title;
    progress->start_ns = clock_now_ns();
    progress->duration_ns = duration_ns;
    progress->left_ns = progress->left_ns > duration_ns ? progress->left_ns - duration_ns : 0;
}

/* The columns of the terminal; a line of as many would wrap in some. */
static size_t width_of_terminal(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2)
        return 79;
    return size.ws_col - 1U;
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
    if (progress->quiet || !progress->terminal || now - progress->shown_ns < REWRITE_INTERVAL_NS)
        return;
    progress->shown_ns = now;
    char line[1024] = ERASE_LINE;
    enum { ERASE = sizeof ERASE_LINE - 1, ROOM = sizeof line };
    int64_t elapsed = now - progress->start_ns;
    if (elapsed > progress->duration_ns)
        elapsed = progress->duration_ns;
    size_t used = ERASE;
    used += (size_t)snprintf(line + used, ROOM - used, "%.80s%s%.1f of %.4g s, ", progress->title,
                             progress->title[0] ? ": " : "", (double)elapsed / (double)NS_PER_S,
                             (double)progress->duration_ns / (double)NS_PER_S);
    used += (size_t)add_left(line + used, ROOM - used,
                             progress->left_ns + progress->duration_ns - elapsed);
    for (size_t i = 0; i < count; i++)
        used = add_row(line, used, ROOM, &rows[i]);
    size_t most = ERASE + width_of_terminal();
    log_raw(line, used < most ? used : most);
}

void progress_end(struct progress *progress)
{
    if (progress->terminal && !progress->quiet)
        log_raw(ERASE_LINE, sizeof ERASE_LINE - 1);
}
