/* first_head.c: see first_head.h. */
#include "daemon/first_head.h"

#include <string.h>
#include <strings.h>

static const char field[] = "content-length:";

/* Digits behind blanks, up to the end of the line; what is no number is none of our business. */
static enum first_head judge_length(const char *text, const char *end, uint64_t large)
{
    uint64_t value = 0;
    while (text < end && (*text == ' ' || *text == '\t'))
        text++;
    for (; text < end && *text >= '0' && *text <= '9' && value < large; text++) {
        if (value > UINT64_MAX / 10 - 1)
            return FIRST_HEAD_LARGE;
        value = value * 10 + (uint64_t)(*text - '0');
    }
    return value >= large ? FIRST_HEAD_LARGE : FIRST_HEAD_OTHER;
}

enum first_head first_head_judge(const char *bytes, size_t length, uint64_t large)
{
    const char *end = bytes + length;
    const char *line = bytes;
    const char *next;
    if (length && (bytes[0] < 'A' || bytes[0] > 'Z'))
        return FIRST_HEAD_OTHER; /* TLS, or what begins no method */
    while ((next = memchr(line, '\n', (size_t)(end - line)))) {
        if (next == line || (next == line + 1 && *line == '\r'))
            return FIRST_HEAD_OTHER;
        if ((size_t)(next - line) >= sizeof field - 1 &&
            strncasecmp(line, field, sizeof field - 1) == 0)
            return judge_length(line + sizeof field - 1, next, large);
        line = next + 1;
    }
    return FIRST_HEAD_MORE;
}
