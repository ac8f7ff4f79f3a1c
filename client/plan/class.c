/* class.c: see class.h. */
#include "plan/class.h"

#include "base/clock.h"
#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DELETE 0x7f
#define RATE_BIT (1U << 2)
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
    return body_bytes >= CLASS_HEAVY_BYTES || strcmp(class->name, "large") == 0;
}

/* A setter stores the value and returns NULL, or says what is expected. */
typedef const char *(*setter)(struct traffic_class *class, const char *value);

static const char *set_size(struct traffic_class *class, const char *value)
{
    class->has_size = units_parse_size(value, &class->size) == 0;
    bool fits = class->has_size && class->size.bytes <= (UINT64_C(1) << 31) &&
                (class->size.suffixed || class->size.amount <= 2000);
    return fits ? NULL : "a size up to 2 GB such as 1KiB, 25MB or 25 (MB of the original)";
}

static const char *set_interval(struct traffic_class *class, const char *value)
{
    class->has_interval = true;
    return units_parse_duration(value, &class->interval_ns) ? "a time such as 0.1 or 500ms" : NULL;
}

static const char *set_rate(struct traffic_class *class, const char *value)
{
    double rate;
    if (units_parse_number(value, 1e-6, 1e5, &rate))
        return "requests a second, up to 100000";
    class->has_interval = true;
    class->interval_ns = llround(1e9 / rate);
    return NULL;
}

static const char *set_connections(struct traffic_class *class, const char *value)
{
    int64_t connections;
    if (units_parse_integer(value, 1, CLASS_CONNECTIONS_MOST, &connections))
        return "a whole number from 1 to 32768";
    class->connections = (unsigned)connections;
    return NULL;
}

bool class_is_path(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] <= ' ' || text[i] == DELETE)
            return false;
    }
    return text[0] == '/' && length < CLASS_PATH_SIZE;
}

static const char *copy_text(char *to, const char *value, const char *expected)
{
    size_t length = strlen(value);
    if (length == 0 || length >= CLASS_PATH_SIZE)
        return expected;
    memcpy(to, value, length + 1);
    return NULL;
}

static const char *set_endpoint(struct traffic_class *class, const char *value)
{
    if (!class_is_path(value))
        return CLASS_PATH_EXPECTED;
    return copy_text(class->endpoint, value, CLASS_PATH_EXPECTED);
}

static const char *set_body(struct traffic_class *class, const char *value)
{
    return copy_text(class->body_file, value, "a file name");
}

static const char *set_arrival(struct traffic_class *class, const char *value)
{
    class->arrival = class_arrival_parse(value);
    return class->arrival == ARRIVAL_UNSET ? "open, closed or poisson" : NULL;
}

/* Two keys that set the same thing have the same bit. */
static const struct {
    const char *key;
    setter set;
    unsigned bit;
} keys[] = {
    {"size", set_size, 1U << 0},          {"body", set_body, 1U << 1},
    {"interval", set_interval, RATE_BIT}, {"rate", set_rate, RATE_BIT},
    {"conns", set_connections, 1U << 3},  {"endpoint", set_endpoint, 1U << 4},
    {"arrival", set_arrival, 1U << 5},
};

/* `seen` has the bits of the keys before this pair. */
static int set_pair(struct traffic_class *class, char *pair, unsigned *seen,
                    char error[CLASS_ERROR_SIZE])
{
    char *equals = strchr(pair, '=');
    if (equals)
        *equals = '\0';
    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
        if (strcmp(pair, keys[i].key) != 0)
            continue;
        if (*seen & keys[i].bit) {
            snprintf(error, CLASS_ERROR_SIZE, "class %s: %.20s=%.60s is told twice: keep one%s",
                     class->name, pair, equals ? equals + 1 : "",
                     keys[i].bit == RATE_BIT ? " of interval= and rate=" : "");
            return CLASS_INVALID;
        }
        *seen |= keys[i].bit;
        const char *expected = keys[i].set(class, equals ? equals + 1 : "");
        if (!expected)
            return 0;
        snprintf(error, CLASS_ERROR_SIZE, "class %s: %.20s=%.60s: expected %s", class->name, pair,
                 equals ? equals + 1 : "", expected);
        return CLASS_INVALID;
    }
    snprintf(error, CLASS_ERROR_SIZE,
             "class %s: unknown key '%.40s': use size, body, interval, rate, conns, endpoint or "
             "arrival",
             class->name, pair);
    return CLASS_INVALID;
}

static int set_name(struct traffic_class *class, const char *text, size_t length,
                    char error[CLASS_ERROR_SIZE])
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (length == 0 || length >= CLASS_NAME_SIZE || strspn(text, allowed) < length) {
        snprintf(error, CLASS_ERROR_SIZE,
                 "class '%.60s': the name takes 1 to 31 letters, digits, '-' and '_', as in "
                 "api:size=1KiB,rate=50",
                 text);
        return CLASS_INVALID;
    }
    memcpy(class->name, text, length);
    return 0;
}

int class_parse(const char *text, struct traffic_class *class, char error[CLASS_ERROR_SIZE])
{
    memset(class, 0, sizeof *class);
    size_t name_length = strcspn(text, ":");
    int r = set_name(class, text, name_length, error);
    if (r || text[name_length] == '\0')
        return r;
    char pairs[CLASS_PATH_SIZE * 2];
    const char *rest = text + name_length + 1;
    if ((size_t)snprintf(pairs, sizeof pairs, "%s", rest) >= sizeof pairs) {
        snprintf(error, CLASS_ERROR_SIZE, "class %s: the description is too long", class->name);
        return CLASS_INVALID;
    }
    char *position = NULL;
    unsigned seen = 0;
    for (char *pair = strtok_r(pairs, ",", &position); pair && r == 0;
         pair = strtok_r(NULL, ",", &position))
        r = set_pair(class, pair, &seen, error);
    return r;
}

int class_complete(struct traffic_class *class, enum arrival arrival, char error[CLASS_ERROR_SIZE])
{
    const char *missing = NULL;
    if (class->arrival == ARRIVAL_UNSET)
        class->arrival = arrival == ARRIVAL_UNSET ? ARRIVAL_OPEN : arrival;
    bool open = class_is_open(class);
    if (!class->has_size && !class->body_file[0])
        missing = "has no body: add size=1KiB or body=FILE";
    else if (class->has_size && class->body_file[0])
        missing = "has two bodies: keep one of size= and body=";
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
