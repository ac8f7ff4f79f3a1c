/* class.c: see class.h. */
#include "plan/class.h"

#include "base/clock.h"
#include "base/error.h"
#include "plan/header.h"

#include <stdio.h>
#include <string.h>

#define DELETE 0x7f
#define OPEN_INTERVAL_LEAST (10 * NS_PER_US)

static const char *const arrival_names[] = {
    [ARRIVAL_OPEN] = "open",
    [ARRIVAL_CLOSED] = "closed",
    [ARRIVAL_POISSON] = "poisson",
};

const char *class_arrival_name(enum arrival arrival)
{
    return arrival_names[arrival == ARRIVAL_UNSET ? ARRIVAL_OPEN : arrival];
}

enum arrival class_arrival_parse(const char *text)
{
    for (size_t i = ARRIVAL_OPEN; i < ARRAY_LENGTH(arrival_names); i++) {
        if (strcmp(text, arrival_names[i]) == 0)
            return (enum arrival)i;
    }
    return ARRIVAL_UNSET;
}

bool class_is_open(const struct traffic_class *class)
{
    return class->arrival != ARRIVAL_CLOSED;
}

bool class_is_heavy(const struct traffic_class *class, size_t body_bytes)
{
    if (class->large != SAID_NOTHING)
        return class->large == SAID_YES;
    return body_bytes >= CLASS_HEAVY_BYTES || strcmp(class->name, "large") == 0;
}

bool class_is_path(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= DELETE)
            return false;
    }
    return text[0] == '/' && length < CLASS_PATH_SIZE;
}

int class_init(struct traffic_class *class, const char *name, size_t length,
               char error[CLASS_ERROR_SIZE])
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    memset(class, 0, sizeof *class);
    if (length == 0 || length >= CLASS_NAME_SIZE || strspn(name, allowed) < length) {
        snprintf(error, CLASS_ERROR_SIZE,
                 "class '%.60s': the name takes 1 to 31 letters, digits, '-' and '_', as in "
                 "api:size=1KiB,rate=50",
                 name);
        return CLASS_INVALID;
    }
    memcpy(class->name, name, length);
    return 0;
}

const char *class_next_header(const struct traffic_class *class, const char *header)
{
    const char *next = header ? header + strlen(header) + 1 : class->headers;
    return *next ? next : NULL;
}

const struct method *class_method(const struct traffic_class *class)
{
    return class->method ? class->method : method_standard;
}

bool class_sets_header(const struct traffic_class *class, const char *line)
{
    const char *header = class_next_header(class, NULL);
    while (header && !header_is_same(header, line))
        header = class_next_header(class, header);
    return header != NULL;
}

bool class_has_body(const struct traffic_class *class)
{
    return class->has_size || class->body_file[0];
}

int class_complete(struct traffic_class *class, enum arrival arrival, char error[CLASS_ERROR_SIZE])
{
    const char *missing = NULL;
    if (class->arrival == ARRIVAL_UNSET)
        class->arrival = arrival == ARRIVAL_UNSET ? ARRIVAL_OPEN : arrival;
    bool open = class_is_open(class);
    if (class_method(class)->needs_body && !class_has_body(class))
        missing = "has no body: add size=1KiB or body=FILE, or a method= without one, such as GET";
    else if (!class_method(class)->takes_body && class_has_body(class))
        missing = "has a method that sends no body: leave size= and body= out";
    else if (class->has_size && class->body_file[0])
        missing = "has two bodies: keep one of size= and body=";
    else if (class->type[0] && class_sets_header(class, "Content-Type:"))
        missing = "has two types: keep one of type= and header=Content-Type=";
    else if (open && !class->has_interval)
        missing = "has open arrival and no rate: add rate=50 or interval=20ms (or arrival=closed)";
    else if (open && class->interval_ns < OPEN_INTERVAL_LEAST)
        missing = "has open arrival: its interval must be 10us or more";
    if (missing) {
        snprintf(error, CLASS_ERROR_SIZE, "class %s %s", class->name, missing);
        return CLASS_INVALID;
    }
    if (class->connections == 0 && !open)
        class->connections = 1;
    return 0;
}
