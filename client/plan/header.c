/* header.c: see header.h. */
#include "plan/header.h"

#include "base/error.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The client frames each body itself: another length would cut requests or glue them together. */
static const struct {
    const char *name;
    const char *wrong;
} framing[] = {
    {"Content-Length:", "Content-Length is set by the client itself, for each body: leave it out"},
    {"Transfer-Encoding:",
     "Transfer-Encoding is set by the client itself, for each body: leave it out"},
};

/* A token, a colon, and nothing that ends or hides a line (RFC 9110, 5.5 and 5.6.2). */
const char *header_wrong(const char *line)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t length = strspn(line, token);
    bool good = length > 0 && line[length] == ':';
    for (const char *at = line + length; good && *at; at++)
        good = *at == '\t' || !iscntrl((unsigned char)*at);
    if (!good)
        return "expected a header such as 'Name: value'";
    for (size_t i = 0; i < ARRAY_LENGTH(framing); i++) {
        if (header_is_same(line, framing[i].name))
            return framing[i].wrong;
    }
    return NULL;
}

bool header_is_same(const char *line, const char *other)
{
    size_t length = strcspn(line, ":");
    return length == strcspn(other, ":") && strncasecmp(line, other, length) == 0;
}

bool header_is_among(const char *const *headers, const char *line)
{
    while (headers && *headers && !header_is_same(*headers, line))
        headers++;
    return headers && *headers;
}

static void close_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

/* The whole file, to be freed, or NULL and errno. */
static char *read_all(const char *path)
{
    CLEANUP(close_file)
    FILE *file = fopen(path, "re");
    char *text = file ? malloc(HEADER_FILE_MOST + 1) : NULL;
    if (!text)
        return NULL;
    size_t length = fread(text, 1, HEADER_FILE_MOST + 1, file);
    if (!ferror(file) && length <= HEADER_FILE_MOST && !memchr(text, '\0', length)) {
        text[length] = '\0';
        return text;
    }
    errno = ferror(file) ? errno : EFBIG;
    free(text);
    return NULL;
}

int header_read_file(const char *path, char **text, const char **lines, size_t most,
                     char error[HEADER_ERROR_SIZE])
{
    size_t count = 0;
    char *position = NULL;
    *text = read_all(path);
    if (!*text) {
        snprintf(error, HEADER_ERROR_SIZE, "cannot read headers from it: %s",
                 errno == EFBIG ? "it holds more than 64 KiB, or a NUL" : strerror(errno));
        return -1;
    }
    for (char *line = strtok_r(*text, "\r\n", &position); line;
         line = strtok_r(NULL, "\r\n", &position)) {
        const char *wrong = NULL;
        if (line[strspn(line, " \t")] == '\0' || line[0] == '#')
            continue;
        if (count == most)
            wrong = "more headers than may be given";
        else
            wrong = header_wrong(line);
        if (wrong) {
            snprintf(error, HEADER_ERROR_SIZE, "header %zu in it: %s", count + 1, wrong);
            return -1;
        }
        lines[count++] = line;
    }
    return (int)count;
}
