/* access_log.c: see access_log.h. */
#include "http/access_log.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 1024, PATH_SHOWN = 128, BODY_SHOWN = 400 };

static size_t open_line(char line[LINE_SIZE], const char *request_id)
{
    int64_t wall = clock_wall_ns();
    time_t seconds = wall / NS_PER_S;
    struct tm local;
    localtime_r(&seconds, &local);
    size_t used = strftime(line, LINE_SIZE, "%Y-%m-%d %H:%M:%S", &local);
    used += (size_t)snprintf(line + used, LINE_SIZE - used, ",%03d - [PID %d] - INFO - %-13s | ",
                             (int)(wall % NS_PER_S / NS_PER_MS), (int)getpid(), request_id);
    return used;
}

/* The path comes from the client: what could forge a line is shown as '?'. */
static size_t append_path(char *line, size_t used, const char *path)
{
    for (size_t i = 0; path[i] && i < PATH_SHOWN; i++)
        line[used++] = (char)(path[i] > ' ' && path[i] < 0x7f ? path[i] : '?');
    return used;
}

void access_log_begin(const char *request_id, const char *path)
{
    char line[LINE_SIZE];
    size_t used = open_line(line, request_id);
    used += (size_t)snprintf(line + used, LINE_SIZE - used, "begin ");
    used = append_path(line, used, path);
    line[used++] = '\n';
    log_raw(line, used);
}

void access_log_reply(const char *request_id, const char *path, int64_t elapsed_ns,
                      const char *body, size_t length)
{
    char line[LINE_SIZE];
    size_t used = open_line(line, request_id);
    used += (size_t)snprintf(line + used, LINE_SIZE - used, "return ");
    used = append_path(line, used, path);
    used += (size_t)snprintf(line + used, LINE_SIZE - used, " | %.6fs ", (double)elapsed_ns / 1e9);
    size_t shown = length < BODY_SHOWN ? length : BODY_SHOWN;
    while (shown && shown < length && ((unsigned char)body[shown] & 0xc0) == 0x80)
        shown--; /* not inside a character */
    if (shown)
        memcpy(line + used, body, shown);
    used += shown;
    if (shown < length)
        used += (size_t)snprintf(line + used, LINE_SIZE - used, "...");
    line[used++] = '\n';
    log_raw(line, used);
}
