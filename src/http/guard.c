/* guard.c: see guard.h. */
#include "http/guard.h"

#include <string.h>
#include <strings.h>

static void refuse(struct guard *guard, int status, const char *detail)
{
    if (guard->status)
        return;
    guard->status = status;
    guard->detail = detail;
}

/* Where a byte may stand: in a value, in a value and in a token, or nowhere. */
enum { VALUE = 1, TOKEN = 2, V = VALUE, T = VALUE | TOKEN, N = 0 };

/* A row for each 16 bytes; RFC 9110, sections 5.5 and 5.6.2. */
/* clang-format off */
#define ROW(p) p, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p
static const uint8_t places[256] = {
    N, N, N, N, N, N, N, N, N, V, N, N, N, N, N, N, /* a tab among controls */
    ROW(N),                                         /* controls */
    V, T, V, T, T, T, T, T, V, V, T, T, V, T, T, V, /* space ! " # $ % & ' ( ) * + , - . / */
    T, T, T, T, T, T, T, T, T, T, V, V, V, V, V, V, /* 0 to 9 : ; < = > ? */
    V, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, /* @ A to O */
    T, T, T, T, T, T, T, T, T, T, T, V, V, V, T, T, /* P to Z [ \ ] ^ _ */
    ROW(T),                                         /* ` a to o */
    T, T, T, T, T, T, T, T, T, T, T, V, T, V, T, N, /* p to z { | } ~ and a control */
    ROW(V), ROW(V), ROW(V), ROW(V), ROW(V), ROW(V), ROW(V), ROW(V),
};
#undef ROW
/* clang-format on */

/* Whether all bytes may stand in `place`. */
static bool fits(const char *text, size_t length, uint8_t place)
{
    for (size_t i = 0; i < length; i++)
        place &= places[(unsigned char)text[i]];
    return place;
}

static bool is_token(const char *text, size_t length)
{
    return length > 0 && fits(text, length, TOKEN);
}

static bool same(const char *text, size_t length, const char *name)
{
    return length == strlen(name) && strncasecmp(text, name, length) == 0;
}

static bool starts(const char *text, size_t length, const char *prefix)
{
    return length >= strlen(prefix) && strncasecmp(text, prefix, strlen(prefix)) == 0;
}

static void take_content_length(struct guard *guard, const char *value, size_t length)
{
    uint64_t sum = 0;
    if (guard->lengths++)
        refuse(guard, 400, "more than one Content-Length");
    if (length == 0)
        refuse(guard, 400, "Content-Length is empty");
    for (size_t i = 0; i < length; i++) {
        if (value[i] < '0' || value[i] > '9') {
            refuse(guard, 400, "Content-Length is not a number");
            return;
        }
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(value[i] - '0'), &sum)) {
            refuse(guard, 413, "Content-Length is too large");
            return;
        }
    }
    /* libmicrohttpd's mark for a body of unknown length */
    if (sum == UINT64_MAX)
        refuse(guard, 413, "Content-Length is too large");
    guard->content_length = sum;
}

void guard_header(struct guard *guard, const char *name, size_t name_length, const char *value,
                  size_t value_length)
{
    if (!fits(value, value_length, VALUE))
        refuse(guard, 400, "a header's value has a control character");
    if (same(name, name_length, "host")) {
        guard->hosts++;
    } else if (same(name, name_length, "content-length")) {
        take_content_length(guard, value, value_length);
    } else if (same(name, name_length, "transfer-encoding")) {
        if (guard->encodings++)
            refuse(guard, 400, "more than one Transfer-Encoding");
        if (!same(value, value_length, "chunked"))
            refuse(guard, 501, "Transfer-Encoding is not exactly \"chunked\"");
    } else if (!is_token(name, name_length)) {
        refuse(guard, 400, "a header's name is not a token");
    } else if (starts(name, name_length, "content-length") ||
               starts(name, name_length, "transfer-encoding")) {
        refuse(guard, 400, "a header's name only looks like a framing header");
    }
}

void guard_finish(struct guard *guard, bool http_1_1)
{
    if (guard->lengths && guard->encodings)
        refuse(guard, 400, "both Content-Length and Transfer-Encoding");
    if (guard->hosts > 1)
        refuse(guard, 400, "more than one Host");
    if (http_1_1 && guard->hosts == 0)
        refuse(guard, 400, "no Host");
}
