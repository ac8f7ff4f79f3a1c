/* progress.c: see progress.h. */
#include "send/progress.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"

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
static void add_left(struct buffer *line, int64_t left_ns)
{
    long long seconds = (left_ns + NS_PER_S - 1) / NS_PER_S;
    if (seconds >= 60)
        buffer_append_format(line, "%lld min ", seconds / 60);
    buffer_append_format(line, "%lld s left", seconds % 60);
}

void progress_round(struct progress *progress, unsigned round, unsigned rounds)
{
    CLEANUP(buffer_deinit)
    struct buffer line = {0};
    if (progress->terminal || progress->quiet || !progress->told)
        return;
    buffer_append_format(&line, "round %u of %u: ", round, rounds);
    add_left(&line, progress->left_ns);
    buffer_append_text(&line, "\n");
    log_raw(line.data, line.length);
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

static void add_row(struct buffer *line, const struct progress_row *row)
{
    buffer_append_format(line, "; %s %llu sent", row->name, (unsigned long long)row->sent);
    if (row->waiting)
        buffer_append_format(line, ", %llu waiting", (unsigned long long)row->waiting);
    if (row->failed)
        buffer_append_format(line, ", %llu failed", (unsigned long long)row->failed);
}

void progress_tick(struct progress *progress, const struct progress_row *rows, size_t count)
{
    int64_t now = clock_now_ns();
    if (progress->quiet || !progress->terminal || now - progress->shown_ns < REWRITE_INTERVAL_NS)
        return;
    progress->shown_ns = now;
    CLEANUP(buffer_deinit)
    struct buffer line = {0};
    int64_t elapsed = now - progress->start_ns;
    if (elapsed > progress->duration_ns)
        elapsed = progress->duration_ns;
    buffer_append_format(&line, ERASE_LINE "%.80s%s%.1f of %.4g s, ", progress->title,
                         progress->title[0] ? ": " : "", (double)elapsed / (double)NS_PER_S,
                         (double)progress->duration_ns / (double)NS_PER_S);
    add_left(&line, progress->left_ns + progress->duration_ns - elapsed);
    for (size_t i = 0; i < count; i++)
        add_row(&line, &rows[i]);
    size_t most = sizeof ERASE_LINE - 1 + width_of_terminal();
    log_raw(line.data, line.length < most ? line.length : most);
}

void progress_end(struct progress *progress)
{
    if (progress->terminal && !progress->quiet)
        log_raw(ERASE_LINE, sizeof ERASE_LINE - 1);
}
