/* log.c: see log.h. */
#include "base/log.h"

#include <ctype.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *program = "looplag";
static void (*change)(char *message, size_t size);

void log_program(const char *name)
{
    program = name;
}

void log_filter(void (*filter)(char *message, size_t size))
{
    change = filter;
}

void log_raw(const char *line, size_t length)
{
    enum { PATIENCE_MS = 1000 };
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
    while (length && poll(&out, 1, PATIENCE_MS) != 0) {
        ssize_t written = write(STDERR_FILENO, line, length);
        if (written < 0) {
            if (errno == EINTR)
                continue;
            return; /* there is no place left to report it */
        }
        line += written;
        length -= (size_t)written;
    }
}

void log_message(const char *format, ...)
{
    enum { LONGEST = 2048 };
    char line[LONGEST];
    va_list arguments;
    int first = snprintf(line, sizeof line, "%s: ", program);
    int used = first;
    va_start(arguments, format);
    used += vsnprintf(line + used, sizeof line - (size_t)used, format, arguments);
    va_end(arguments);
    if (change) {
        change(line + first, sizeof line - (size_t)first);
        used = first + (int)strlen(line + first);
    }
    if (used > LONGEST - 2)
        used = LONGEST - 2;
    for (int i = 0; i < used; i++) {
        if (iscntrl((unsigned char)line[i]))
            line[i] = '?'; /* what was typed may hold a line's end, or speak to the terminal */
    }
    line[used++] = '\n';
    log_raw(line, (size_t)used);
}
