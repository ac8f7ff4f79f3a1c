/* wrap.c: see wrap.h. */
#include "report/wrap.h"

#include "base/error.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_LEAST = 40 };

size_t wrap_width(int fd)
{
    struct winsize size;
    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col < WIDTH_LEAST)
        return 0;
    return size.ws_col;
}

/* Where the line is broken: at its last blank within the width, or the first beyond it. */
static size_t break_of(const char *line, size_t length, size_t width)
{
    if (length <= width || line[0] == '|')
        return length;
    size_t at = width;
    while (at > 0 && line[at] != ' ')
        at--;
    if (at > 0)
        return at;
    const char *blank = memchr(line + width, ' ', length - width);
    return blank ? (size_t)(blank - line) : length;
}

void wrap_text(const struct buffer *text, size_t width, struct buffer *out)
{
    for (size_t at = 0; at < text->length;) {
        const char *line = text->data + at;
        const char *end = memchr(line, '\n', text->length - at);
        size_t length = end ? (size_t)(end - line) : text->length - at;
        size_t taken = break_of(line, length, width);
        buffer_append(out, line, taken);
        if (taken < length || end)
            buffer_append(out, "\n", 1);
        at += taken < length ? taken + 1 : length + (end != NULL);
    }
}
