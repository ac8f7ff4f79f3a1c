/* server_timing.c: see server_timing.h. */
#include "send/server_timing.h"

#include "plan/printable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What is left of a line. */
struct rest {
    const char *at;
    const char *end;
};

static bool is_at(const struct rest *rest, const char *bytes)
{
    return rest->at < rest->end && *rest->at && strchr(bytes, *rest->at);
}

static void skip_blanks(struct rest *rest)
{
    while (is_at(rest, " \t\r\n"))
        rest->at++;
}

/* Copies a byte if there is room; `used` counts all of them. */
static void put(char out[TIMING_NAME_SIZE], size_t *used, char byte)
{
    if (*used < TIMING_NAME_SIZE - 1) {
        out[*used] = byte;
        out[*used + 1] = '\0';
    }
    ++*used;
}

/* Reads a token; returns whether there is one. */
static bool take_token(struct rest *rest, char out[TIMING_NAME_SIZE])
{
    size_t used = 0;
    out[0] = '\0';
    for (; is_at(rest, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
         rest->at++)
        put(out, &used, *rest->at);
    return used > 0;
}

/* What stands in quotes; without the closing one, all that is left. */
static void take_quoted(struct rest *rest, char out[TIMING_NAME_SIZE])
{
    size_t used = 0;
    out[0] = '\0';
    for (rest->at++; rest->at < rest->end && *rest->at != '"'; rest->at++) {
        if (*rest->at == '\\' && rest->at + 1 < rest->end)
            rest->at++;
        put(out, &used, *rest->at);
    }
    if (rest->at < rest->end)
        rest->at++;
}

/* To the next semicolon or comma that is not in quotes. */
static void skip_to_separator(struct rest *rest)
{
    char skipped[TIMING_NAME_SIZE];
    while (rest->at < rest->end && !is_at(rest, ";,")) {
        if (*rest->at == '"')
            take_quoted(rest, skipped);
        else
            rest->at++;
    }
}

/* The number that a text begins with, as HTML has it; not negative. */
static bool parse_ms(const char *text, double *ms)
{
    char number[TIMING_NAME_SIZE];
    const size_t length = strspn(text, "0123456789.eE+-");
    char *end;
    memcpy(number, text, length);
    number[length] = '\0';
    *ms = strtod(number, &end);
    return end != number && isfinite(*ms) && *ms >= 0 && *ms < 1e12;
}

/* The seen ones are kept apart: the first of each counts, whatever its value. */
struct seen {
    bool dur;
    bool desc;
};

/* One parameter, from its semicolon on. */
static void take_parameter(struct rest *rest, struct timing_metric *metric, struct seen *seen)
{
    char name[TIMING_NAME_SIZE];
    char value[TIMING_NAME_SIZE] = "";
    rest->at++;
    skip_blanks(rest);
    if (!take_token(rest, name))
        return;
    skip_blanks(rest);
    if (is_at(rest, "=")) {
        rest->at++;
        skip_blanks(rest);
        if (is_at(rest, "\""))
            take_quoted(rest, value);
        else
            take_token(rest, value);
    }
    if (strcasecmp(name, "dur") == 0 && !seen->dur) {
        seen->dur = true;
        metric->told = parse_ms(value, &metric->ms);
    } else if (strcasecmp(name, "desc") == 0 && !seen->desc) {
        seen->desc = true;
        printable_make(value);
        memcpy(metric->desc, value, sizeof metric->desc);
    }
}

static void take_parameters(struct rest *rest, struct timing_metric *metric)
{
    struct seen seen = {.dur = false};
    for (skip_to_separator(rest); is_at(rest, ";"); skip_to_separator(rest))
        take_parameter(rest, metric, &seen);
}

bool server_timing_read(const char *line, size_t length,
                        void (*take)(void *cls, const struct timing_metric *metric), void *cls)
{
    static const char name[] = "Server-Timing:";
    if (length < sizeof name - 1 || strncasecmp(line, name, sizeof name - 1) != 0)
        return false;
    struct rest rest = {line + sizeof name - 1, line + length};
    while (rest.at < rest.end) {
        struct timing_metric metric = {.told = false};
        skip_blanks(&rest);
        const bool named = take_token(&rest, metric.name);
        printable_make(metric.name);
        take_parameters(&rest, &metric);
        if (named)
            take(cls, &metric);
        if (rest.at < rest.end)
            rest.at++; /* the comma */
    }
    return true;
}
