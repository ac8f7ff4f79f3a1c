/*
 * train.c: what jansson is watched doing before it is compiled for good (train.py).
 *
 * Mostly what looplagd parses: an object of 50 or of 5,000 members, string keys and
 * integers. Some of everything else, so that no path counts as never taken:
 * escapes, UTF-8, reals, arrays, literals, broken documents, and writing.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL = 50, LARGE = 5000, SMALL_TIMES = 2000, LARGE_TIMES = 20, MIXED_TIMES = 50 };

static const char *const mixed[] = {
    "{\"name\": \"a \\\"quoted\\\" \\u00e9\\ud83d\\ude00\\n name\", \"data\": {}, \"timestamp\": "
    "null}",
    "[1.5, -2e10, 0.001, -7, 9223372036854775807, true, false, null, [], {}]",
    "{\"list\": [[1, 2, [3]], {\"deep\": {\"deeper\": \"gr\xc3\xbc\xc3\x9f \xe2\x82\xac "
    "\xf0\x9f\x98\x80\"}}]}",
    "{\n  \"spaced\" : [ 1 ,\t2 ],\r\n  \"same\": 1, \"same\": 2\n}",
    "{\"data\": {\"a\": 1,}}",
    "{\"data\": {\"a\": 01}}",
    "[\"\xff\"]",
    "[\"not closed",
};

static unsigned next(unsigned *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

/* The model's document with so many members; the caller frees it. */
static char *document(unsigned members, size_t *length)
{
    char *text = malloc(64 + 32 * (size_t)members);
    unsigned state = 1;
    if (!text)
        exit(EXIT_FAILURE);
    size_t at = (size_t)sprintf(text, "{\"name\": \"training\", \"data\": {");
    for (unsigned i = 0; i < members; i++) {
        at += (size_t)sprintf(text + at, "%s\"", i ? ", " : "");
        for (unsigned k = 0; k < 10; k++)
            text[at++] = (char)((next(&state) & 1 ? 'a' : 'A') + next(&state) % 26);
        at += (size_t)sprintf(text + at, "\": %u", next(&state) % 1000000);
    }
    *length = at + (size_t)sprintf(text + at, "}, \"timestamp\": \"2026-01-01T00:00:00Z\"}");
    return text;
}

static long read_members(json_t *root)
{
    long sum = 0;
    json_t *data = json_object_get(root, "data");
    for (void *at = json_object_iter(data); at; at = json_object_iter_next(data, at))
        sum += json_object_iter_key(at)[0] + (long)json_integer_value(json_object_iter_value(at));
    return sum;
}

#ifdef JANSSON_STOCK_TABLE
/* As most programs do. */
static json_t *load(const char *text, size_t length)
{
    return json_loadb(text, length, JSON_DECODE_ANY, NULL);
}
#else
struct source {
    const char *at, *end;
};

static size_t read_some(void *buffer, size_t size, void *cls)
{
    struct source *source = cls;
    const size_t left = (size_t)(source->end - source->at);
    const size_t length = left < size ? left : size;
    memcpy(buffer, source->at, length);
    source->at += length;
    return length;
}

/* As looplagd does. */
static json_t *load(const char *text, size_t length)
{
    struct source source = {text, text + length};
    return json_load_callback(read_some, &source, JSON_DECODE_ANY, NULL);
}
#endif

static long parse(const char *text, size_t length, unsigned times, size_t write_flags)
{
    long sum = 0;
    for (unsigned i = 0; i < times; i++) {
        json_t *root = load(text, length);
        sum += read_members(root);
        if (root && write_flags && i == 0)
            free(json_dumps(root, write_flags));
        json_decref(root);
    }
    return sum;
}

int main(void)
{
    static const struct {
        unsigned members, times;
    } models[] = {{SMALL, SMALL_TIMES}, {LARGE, LARGE_TIMES}};
    long sum = 0;
    json_object_seed(1); /* the same hashes, and so the same counts, every time */
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        size_t length;
        char *text = document(models[i].members, &length);
        sum += parse(text, length, models[i].times, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
        free(text);
    }
    for (size_t i = 0; i < sizeof mixed / sizeof mixed[0]; i++)
        sum += parse(mixed[i], strlen(mixed[i]), MIXED_TIMES, JSON_COMPACT | JSON_ENCODE_ANY);
    return sum == 0;
}
