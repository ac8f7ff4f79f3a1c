/* units.c: see units.h. */
#include "base/units.h"

#include "base/clock.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    const char *suffix;
    double factor;
};

/* Parses a number followed by one of the units; returns the unit or NULL. */
static const struct unit *parse_with_unit(const char *text, const struct unit *units, size_t count,
                                          double *amount)
{
    if (!((*text >= '0' && *text <= '9') || *text == '.'))
        return NULL;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return NULL;
    char *end;
    *amount = strtod(text, &end);
    if (end == text || !isfinite(*amount))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(end, units[i].suffix) == 0)
            return &units[i];
    }
    return NULL;
}

int units_parse_size(const char *text, struct units_size *size)
{
    static const struct unit units[] = {
        {"", 1},     {"B", 1},      {"kB", 1e3},   {"KB", 1e3},        {"MB", 1e6},
        {"GB", 1e9}, {"KiB", 1024}, {"kiB", 1024}, {"MiB", 1048576.0}, {"GiB", 1073741824.0},
    };
    double amount;
    const struct unit *unit = parse_with_unit(text, units, ARRAY_LENGTH(units), &amount);
    if (!unit || amount * unit->factor > 9007199254740992.0)
        return -EINVAL;
    size->amount = amount;
    size->suffixed = unit->suffix[0] != '\0';
    size->bytes = (uint64_t)llround(amount * unit->factor);
    return 0;
}

int units_parse_duration(const char *text, int64_t *ns)
{
    static const struct unit units[] = {
        {"", 1e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"m", 60e9}, {"min", 60e9}, {"h", 3600e9},
    };
    double amount;
    const struct unit *unit = parse_with_unit(text, units, ARRAY_LENGTH(units), &amount);
    if (!unit || amount * unit->factor > 30 * 86400e9)
        return -EINVAL;
    *ns = llround(amount * unit->factor);
    return 0;
}

int units_parse_integer(const char *text, int64_t low, int64_t high, int64_t *value)
{
    char *end;
    if (!((*text >= '0' && *text <= '9') || *text == '-'))
        return -EINVAL;
    errno = 0;
    long long parsed = strtoll(text, &end, 10);
    if (errno || end == text || *end || parsed < low || parsed > high)
        return -EINVAL;
    *value = parsed;
    return 0;
}

int units_parse_number(const char *text, double low, double high, double *value)
{
    static const struct unit none[] = {{"", 1}};
    if (!parse_with_unit(text, none, ARRAY_LENGTH(none), value) || *value < low || *value > high)
        return -EINVAL;
    return 0;
}

size_t units_format_integer(int64_t value, char out[UNITS_INTEGER_SIZE])
{
    const uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    size_t length = value < 0 ? 2 : 1;
    for (uint64_t rest = magnitude; rest >= 10; rest /= 10)
        length++;
    size_t at = length;
    uint64_t rest = magnitude;
    out[at] = '\0';
    do {
        out[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        out[0] = '-';
    return length;
}

size_t units_format_ms(int64_t ns, char out[UNITS_MS_SIZE])
{
    int64_t us = (ns < 0 ? -ns : ns) / NS_PER_US;
    size_t length = 0;
    if (ns < 0)
        out[length++] = '-';
    length += units_format_integer(us / 1000, out + length);
    out[length++] = '.';
    out[length++] = (char)('0' + us / 100 % 10);
    out[length++] = (char)('0' + us / 10 % 10);
    out[length++] = (char)('0' + us % 10);
    out[length] = '\0';
    return length;
}
