/* body_log.c: see body_log.h. */
#include "http/body_log.h"

#include "base/clock.h"
#include "base/error.h"
#include "http/access_log.h"

#include <stdbool.h>
#include <unistd.h>

static bool is_plain(char byte)
{
    return byte >= ' ' && byte < 0x7f && byte != '\\';
}

static void append_escape(struct buffer *line, char byte)
{
    static const char digits[] = "0123456789abcdef";
    unsigned value = (unsigned char)byte;
    const char escape[] = {'\\', 'x', digits[value >> 4], digits[value & 15]};
    if (byte == '\\')
        buffer_append(line, "\\\\", 2);
    else
        buffer_append(line, escape, sizeof escape);
}

static void append_printable(struct buffer *line, const char *bytes, size_t length)
{
    size_t plain = 0;
    for (size_t i = 0; i < length; i++) {
        if (is_plain(bytes[i]))
            continue;
        buffer_append(line, bytes + plain, i - plain);
        append_escape(line, bytes[i]);
        plain = i + 1;
    }
    buffer_append(line, bytes + plain, length - plain);
}

static void write_all(const char *bytes, size_t length)
{
    while (length) {
        ssize_t written = write(STDERR_FILENO, bytes, length);
        if (written < 0 && errno != EINTR)
            return; /* there is no place left to report it */
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
}

void body_log_write(const char *request_id, const char *path, const struct buffer *body)
{
    CLEANUP(buffer_deinit)
    struct buffer line = {0};
    char head[LOG_LINE_SIZE];
    size_t used = access_log_head(clock_wall_ns(), request_id, "body", path, head);
    buffer_append(&line, head, used);
    buffer_append_text(&line, " | ");
    append_printable(&line, body->data, body->length);
    buffer_append_text(&line, "\n");
    if (!line.error)
        write_all(line.data, line.length);
}
