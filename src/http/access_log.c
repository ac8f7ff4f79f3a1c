/* access_log.c: see access_log.h. */
#include "http/access_log.h"

#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ID_SHOWN = 64, PATH_SHOWN = 128, BODY_SHOWN = 400 };

#define FLUSH_PATIENCE_NS NS_PER_S

enum access_event { BEGINS, REPLIED, HELD, HOLDS };

/* What an event is called, and how much it matters. */
static const struct {
    const char *name;
    const char *level;
} events[] = {
    [BEGINS] = {"begin", "INFO"},
    [REPLIED] = {"return", "INFO"},
    [HELD] = {"held", "WARNING"},
    [HOLDS] = {"holds", "WARNING"},
};

/* What is to be logged, as the thread that answered left it. */
struct access_record {
    int64_t wall_ns;
    enum access_event event;
    int64_t elapsed_ns; /* of a reply or a hold */
    int64_t cpu_ns;     /* of a hold that is over */
    uint64_t bytes;     /* of its request's body */
    uint16_t id_size;   /* with its NUL */
    uint16_t path_length;
    uint16_t body_length;
    bool cut;                                          /* the body is longer */
    char text[ID_SHOWN + 1 + PATH_SHOWN + BODY_SHOWN]; /* id and NUL, path, body */
};

struct access_log {
    struct stats *stats;
    struct log_queue *queue;
    bool replies;
};

/* The text of the second that the last line was of: the queue's thread only. */
static _Thread_local struct {
    time_t second;
    size_t length;
    char text[32];
} stamp;

static size_t put_stamp(int64_t wall_ns, char *line)
{
    time_t second = wall_ns / NS_PER_S;
    if (stamp.length == 0 || second != stamp.second) {
        struct tm local;
        localtime_r(&second, &local);
        stamp.length = strftime(stamp.text, sizeof stamp.text, "%Y-%m-%d %H:%M:%S", &local);
        stamp.second = second;
    }
    memcpy(line, stamp.text, stamp.length);
    return stamp.length;
}

/* The path comes from the client: what could forge a line is shown as '?'. */
static size_t put_path(const char *path, size_t length, char *line)
{
    for (size_t i = 0; i < length; i++)
        line[i] = (char)(path[i] > ' ' && path[i] < 0x7f ? path[i] : '?');
    return length;
}

static bool is_control(const unsigned char *byte, size_t left)
{
    if (*byte == 0xc2 && left > 1) /* U+0080 to U+009F: some terminals obey them */
        return byte[1] >= 0x80 && byte[1] < 0xa0;
    return *byte < ' ' || *byte == 0x7f;
}

/* A reply in lines stays in one; in JSON all but the controls beyond ASCII is escaped already. */
static size_t put_body(const char *body, size_t length, char *line)
{
    memcpy(line, body, length);
    if (!memchr(line, '\n', length) && !memchr(line, 0xc2, length))
        return length;
    for (size_t i = 0; i < length; i++) {
        if (!is_control((const unsigned char *)line + i, length - i))
            continue;
        if ((unsigned char)line[i] == 0xc2)
            line[i++] = '?';
        line[i] = '?';
    }
    return length;
}

static size_t put_head(int64_t wall_ns, const char *level, const char *request_id, const char *what,
                       const char *path, size_t path_length, char *line)
{
    size_t used = put_stamp(wall_ns, line);
    used += (size_t)snprintf(
        line + used, LOG_LINE_SIZE - used, ",%03d - [PID %d] - %s - %-13s | %s ",
        (int)(wall_ns % NS_PER_S / NS_PER_MS), (int)getpid(), level, request_id, what);
    return used + put_path(path, path_length, line + used);
}

size_t access_log_head(int64_t wall_ns, const char *request_id, const char *what, const char *path,
                       char line[LOG_LINE_SIZE])
{
    return put_head(wall_ns, "INFO", request_id, what, path, strnlen(path, PATH_SHOWN), line);
}

static size_t put_bytes(uint64_t bytes, char *line, size_t room)
{
    return (size_t)snprintf(line, room, ", %llu bytes", (unsigned long long)bytes);
}

static size_t format_record(const void *memory, char line[LOG_LINE_SIZE])
{
    const struct access_record *record = memory;
    const char *path = record->text + record->id_size;
    const char *body = path + record->path_length;
    size_t used = put_head(record->wall_ns, events[record->event].level, record->text,
                           events[record->event].name, path, record->path_length, line);
    if (record->event != BEGINS)
        used += (size_t)snprintf(line + used, LOG_LINE_SIZE - used, " | %.6fs",
                                 (double)record->elapsed_ns / 1e9);
    switch (record->event) {
    case BEGINS:
        break;
    case REPLIED:
        line[used++] = ' ';
        used += put_body(body, record->body_length, line + used);
        if (record->cut)
            used += (size_t)snprintf(line + used, LOG_LINE_SIZE - used, "...");
        break;
    case HELD:
        used += (size_t)snprintf(line + used, LOG_LINE_SIZE - used, ", %.6fs of CPU",
                                 (double)record->cpu_ns / 1e9);
        used += put_bytes(record->bytes, line + used, LOG_LINE_SIZE - used);
        break;
    case HOLDS:
        used += (size_t)snprintf(line + used, LOG_LINE_SIZE - used, " so far");
        used += put_bytes(record->bytes, line + used, LOG_LINE_SIZE - used);
        break;
    }
    line[used++] = '\n';
    return used;
}

struct access_log *access_log_new(struct stats *stats, bool replies)
{
    struct access_log *log = malloc(sizeof *log);
    if (!log)
        return NULL;
    log->stats = stats;
    log->replies = replies;
    log->queue = log_queue_start(sizeof(struct access_record), format_record);
    if (log->queue)
        return log;
    free(log);
    return NULL;
}

void access_log_free(struct access_log *log)
{
    if (!log)
        return;
    log_queue_stop(log->queue, FLUSH_PATIENCE_NS);
    free(log);
}

/* A record with id and path; NULL: the queue is full. */
static struct access_record *claim(const struct access_log *log, const char *request_id,
                                   const char *path)
{
    struct access_record *record = log_queue_claim(log->queue);
    const uint64_t dropped = log_queue_take_dropped(log->queue);
    if (dropped)
        stats_log_dropped(log->stats, dropped);
    if (!record)
        return NULL;
    record->wall_ns = clock_wall_ns();
    size_t id_length = strnlen(request_id, ID_SHOWN);
    record->id_size = (uint16_t)(id_length + 1);
    record->path_length = (uint16_t)strnlen(path, PATH_SHOWN);
    memcpy(record->text, request_id, id_length);
    record->text[id_length] = '\0';
    memcpy(record->text + record->id_size, path, record->path_length);
    return record;
}

void access_log_begin(struct access_log *log, const char *request_id, const char *path)
{
    struct access_record *record = log && log->replies ? claim(log, request_id, path) : NULL;
    if (!record)
        return;
    record->event = BEGINS;
    log_queue_publish(log->queue, record);
}

void access_log_reply(struct access_log *log, const char *request_id, const char *path,
                      int64_t elapsed_ns, const char *body, size_t length)
{
    struct access_record *record = log && log->replies ? claim(log, request_id, path) : NULL;
    if (!record)
        return;
    size_t shown = length < BODY_SHOWN ? length : BODY_SHOWN;
    while (shown && shown < length && ((unsigned char)body[shown] & 0xc0) == 0x80)
        shown--; /* not inside a character */
    record->event = REPLIED;
    record->elapsed_ns = elapsed_ns;
    record->cut = shown < length;
    record->body_length = (uint16_t)shown;
    if (shown)
        memcpy(record->text + record->id_size + record->path_length, body, shown);
    log_queue_publish(log->queue, record);
}

void access_log_held(struct access_log *log, const struct access_log_hold *hold)
{
    struct access_record *record = log ? claim(log, hold->request_id, hold->path) : NULL;
    if (!record)
        return;
    record->event = hold->cpu_ns < 0 ? HOLDS : HELD;
    record->elapsed_ns = hold->wall_ns;
    record->cpu_ns = hold->cpu_ns;
    record->bytes = hold->bytes;
    log_queue_publish(log->queue, record);
}
