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

#define BIT(character) (UINT64_C(1) << ((character)&63))
#define BITS(first, last) ((BIT(last) << 1) - BIT(first))

/* The characters of a token (RFC 9110, section 5.6.2), a bit each. */
static const uint64_t token_bits[] = {
    BIT('!') | BITS('#', '\'') | BIT('*') | BIT('+') | BIT('-') | BIT('.') | BITS('0', '9'),
    BITS('A', 'Z') | BITS('^', 'z') | BIT('|') | BIT('~'),
};

static bool is_token(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 128 || !(token_bits[c / 64] >> c % 64 & 1))
            return false;
    }
    return length > 0;
}

static bool has_control(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
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
    if (!is_token(name, name_length))
        refuse(guard, 400, "a header's name is not a token");
    if (has_control(value, value_length))
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
