/* class_keys.c: see class_keys.h. */
#include "plan/class_keys.h"

#include "base/clock.h"
#include "base/error.h"
#include "plan/header.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

static const char *copy_text(char *to, size_t size, const char *value, const char *expected)
{
    size_t length = strlen(value);
    if (length == 0 || length >= size)
        return expected;
    memcpy(to, value, length + 1);
    return NULL;
}

static const char *set_endpoint(struct traffic_class *class, const char *value)
{
    if (!class_is_path(value))
        return CLASS_PATH_EXPECTED;
    return copy_text(class->endpoint, sizeof class->endpoint, value, CLASS_PATH_EXPECTED);
}

static const char *set_body(struct traffic_class *class, const char *value)
{
    return copy_text(class->body_file, sizeof class->body_file, value, "a file name");
}

static const char *set_arrival(struct traffic_class *class, const char *value)
{
    class->arrival = class_arrival_parse(value);
    return class->arrival == ARRIVAL_UNSET ? "open, closed or poisson" : NULL;
}

static const char *set_method(struct traffic_class *class, const char *value)
{
    class->method = method_find(value);
    return class->method ? NULL : METHOD_NAMES;
}

static const char *set_large(struct traffic_class *class, const char *value)
{
    class->large = strcmp(value, "yes") == 0  ? SAID_YES
                   : strcmp(value, "no") == 0 ? SAID_NO
                                              : SAID_NOTHING;
    return class->large == SAID_NOTHING ? "yes or no" : NULL;
}

static const char *set_type(struct traffic_class *class, const char *value)
{
    static const char expected[] = "a media type such as text/plain";
    char line[CLASS_TYPE_SIZE + 16];
    snprintf(line, sizeof line, "Content-Type: %.*s", CLASS_TYPE_SIZE, value);
    return header_wrong(line) ? expected
                              : copy_text(class->type, sizeof class->type, value, expected);
}

static const char *set_expect(struct traffic_class *class, const char *value)
{
    return expect_parse(value, &class->expect) ? NULL : "statuses such as 2xx, 404 or 2xx|404";
}

static const char *set_header(struct traffic_class *class, const char *value)
{
    char line[CLASS_HEADERS_SIZE];
    const char *equals = strchr(value, '=');
    size_t used = 0;
    unsigned count = 0;
    if (!equals || strlen(value) > sizeof line - 3)
        return "NAME=VALUE";
    snprintf(line, sizeof line, "%.*s: %s", (int)(equals - value), value, equals + 1);
    for (const char *at = NULL; (at = class_next_header(class, at)); count++)
        used = (size_t)(at - class->headers) + strlen(at) + 1;
    if (count == CLASS_HEADERS_MOST || used + strlen(line) + 2 > sizeof class->headers)
        return "at most 16 headers, of 4 KB together";
    if (header_wrong(line))
        return "NAME=VALUE, a header that is not Content-Length or Transfer-Encoding";
    memcpy(class->headers + used, line, strlen(line) + 1);
    return NULL;
}

/* A getter writes the value as it would be typed, or returns false: there is nothing to tell. */
typedef bool (*getter)(const struct traffic_class *class, char out[CLASS_PATH_SIZE]);

static bool get_text(const char *text, char out[CLASS_PATH_SIZE])
{
    snprintf(out, CLASS_PATH_SIZE, "%s", text);
    return text[0] != '\0';
}

static bool get_size(const struct traffic_class *class, char out[CLASS_PATH_SIZE])
{
    if (class->size.suffixed)
        snprintf(out, CLASS_PATH_SIZE, "%lluB", (unsigned long long)class->size.bytes);
    else
        snprintf(out, CLASS_PATH_SIZE, "%.15g", class->size.amount);
    return class->has_size;
}

static bool get_body(const struct traffic_class *class, char out[CLASS_PATH_SIZE])
{
    return get_text(class->body_file, out);
}

static bool get_interval(const struct traffic_class *class, char out[CLASS_PATH_SIZE])
{
    snprintf(out, CLASS_PATH_SIZE, "%.15g", (double)class->interval_ns / (double)NS_PER_S);
    return class->has_interval;
}

static bool get_connections(const struct traffic_class *class, char out[CLASS_PATH_SIZE])
{
    snprintf(out, CLASS_PATH_SIZE, "%u", class->connections);
    return class->connections > 0;
}

static bool get_endpoint(const struct traffic_class *class, char out[CLASS_PATH_SIZE])
{
    return get_text(class->endpoint, out);
}

static bool get_arrival(const struct traffic_class *class, char out[CLASS_PATH_SIZE])
{
    return get_text(class_arrival_name(class->arrival), out);
}

static bool get_method(const struct traffic_class *class, char out[CLASS_PATH_SIZE])
{
    return class->method && get_text(class->method->name, out);
}

static bool get_large(const struct traffic_class *class, char out[CLASS_PATH_SIZE])
{
    return class->large != SAID_NOTHING && get_text(class->large == SAID_YES ? "yes" : "no", out);
}

static bool get_type(const struct traffic_class *class, char out[CLASS_PATH_SIZE])
{
    return get_text(class->type, out);
}

static bool get_expect(const struct traffic_class *class, char out[CLASS_PATH_SIZE])
{
    expect_tell(&class->expect, out);
    return class->expect.count > 0;
}

/*
 * Two keys that set the same thing have the same bit, and one of them tells it; what may be told
 * again has none.
 */
static const struct class_key {
    const char *key;
    setter set;
    getter get; /* NULL: another key tells it, or class_next_header */
    unsigned bit;
} keys[] = {
    {"size", set_size, get_size, 1U << 0},
    {"body", set_body, get_body, 1U << 1},
    {"interval", set_interval, get_interval, 1U << 2},
    {"rate", set_rate, NULL, 1U << 2},
    {"conns", set_connections, get_connections, 1U << 3},
    {"endpoint", set_endpoint, get_endpoint, 1U << 4},
    {"arrival", set_arrival, get_arrival, 1U << 5},
    {"method", set_method, get_method, 1U << 6},
    {"large", set_large, get_large, 1U << 7},
    {"type", set_type, get_type, 1U << 8},
    {"expect", set_expect, get_expect, 1U << 9},
    {"header", set_header, NULL, 0},
};

/* "interval= and rate=": all that set the same. */
static void list_rivals(unsigned bit, char out[64])
{
    size_t used = 0;
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
        if (keys[i].bit == bit)
            used += (size_t)snprintf(out + used, 64 - used, "%s%s=", count++ ? " and " : " of ",
                                     keys[i].key);
    }
    if (count == 1)
        out[0] = '\0';
}

static int refuse_key(const struct traffic_class *class, const char *key,
                      char error[CLASS_ERROR_SIZE])
{
    size_t used = (size_t)snprintf(error, CLASS_ERROR_SIZE, "class %s: unknown key '%.40s': use ",
                                   class->name, key);
    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
        const char *before = i == 0 ? "" : i + 1 == ARRAY_LENGTH(keys) ? " or " : ", ";
        used +=
            (size_t)snprintf(error + used, CLASS_ERROR_SIZE - used, "%s%s", before, keys[i].key);
    }
    return CLASS_INVALID;
}

static const struct class_key *find(const char *key)
{
    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
        if (strcmp(key, keys[i].key) == 0)
            return &keys[i];
    }
    return NULL;
}

const char *class_set(struct traffic_class *class, const char *key, const char *value)
{
    const struct class_key *found = find(key);
    return found ? found->set(class, value) : "a key of a class";
}

const char *class_key_at(size_t index)
{
    return index < ARRAY_LENGTH(keys) ? keys[index].key : NULL;
}

bool class_get(const struct traffic_class *class, const char *key, char out[CLASS_PATH_SIZE])
{
    const struct class_key *found = find(key);
    return found && found->get && found->get(class, out);
}

int class_tell(struct traffic_class *class, const char *key, const char *value, unsigned *told,
               char error[CLASS_ERROR_SIZE])
{
    const struct class_key *found = find(key);
    if (!found)
        return refuse_key(class, key, error);
    if (*told & found->bit) {
        char rivals[64];
        list_rivals(found->bit, rivals);
        snprintf(error, CLASS_ERROR_SIZE, "class %s: %s=%.60s is told twice: keep one%s",
                 class->name, key, value, rivals);
        return CLASS_INVALID;
    }
    *told |= found->bit;
    const char *expected = found->set(class, value);
    if (!expected)
        return 0;
    snprintf(error, CLASS_ERROR_SIZE, "class %s: %s=%.60s: expected %s", class->name, key, value,
             expected);
    return CLASS_INVALID;
}

/*
 * Cuts the first pair off: up to a comma that has no backslash in front of it. Returns where the
 * next one begins, or NULL.
 */
static char *cut_pair(char *pair)
{
    char *to = pair;
    for (char *at = pair;; at++) {
        if (at[0] == '\\' && at[1] == ',') {
            *to++ = *++at;
            continue;
        }
        if (*at == ',' || *at == '\0') {
            char *next = *at ? at + 1 : NULL;
            *to = '\0';
            return next;
        }
        *to++ = *at;
    }
}

int class_parse(const char *text, struct traffic_class *class, char error[CLASS_ERROR_SIZE])
{
    size_t name_length = strcspn(text, ":");
    int r = class_init(class, text, name_length, error);
    if (r || text[name_length] == '\0')
        return r;
    char pairs[CLASS_TEXT_SIZE];
    if ((size_t)snprintf(pairs, sizeof pairs, "%s", text + name_length + 1) >= sizeof pairs) {
        snprintf(error, CLASS_ERROR_SIZE, "class %s: the description is too long", class->name);
        return CLASS_INVALID;
    }
    unsigned told = 0;
    for (char *pair = pairs, *next; pair && r == 0; pair = next) {
        next = cut_pair(pair);
        char *equals = strchr(pair, '=');
        if (equals)
            *equals = '\0';
        if (pair[0])
            r = class_tell(class, pair, equals ? equals + 1 : "", &told, error);
    }
    return r;
}
