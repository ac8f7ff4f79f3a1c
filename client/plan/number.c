/* number.c: see number.h. */
#include "plan/number.h"

#include "base/units.h"

#include <stdlib.h>
#include <string.h>

static const char place[] = "{n}";
enum { PLACE = sizeof place - 1 };

bool number_is_in(const char *text)
{
    return strstr(text, place) != NULL;
}

char *number_fill_in(const char *text, uint64_t n)
{
    char digits[UNITS_INTEGER_SIZE];
    size_t length = (size_t)units_format_integer((int64_t)n, digits);
    size_t places = 0;
    for (const char *at = text; (at = strstr(at, place)); at += PLACE)
        places++;
    char *filled = malloc(strlen(text) + places * length + 1);
    char *to = filled;
    for (const char *next; filled && (next = strstr(text, place)); text = next + PLACE) {
        memcpy(to, text, (size_t)(next - text));
        to += next - text;
        memcpy(to, digits, length);
        to += length;
    }
    if (filled)
        memcpy(to, text, strlen(text) + 1);
    return filled;
}
