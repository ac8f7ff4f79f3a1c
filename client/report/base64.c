/* base64.c: see base64.h. */
#include "report/base64.h"

#include "base/error.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const void *bytes, size_t length, struct buffer *out)
{
    const uint8_t *in = bytes;
    for (size_t at = 0; at < length; at += 3) {
        size_t left = length - at;
        uint32_t group = (uint32_t)in[at] << 16;
        if (left > 1)
            group |= (uint32_t)in[at + 1] << 8;
        if (left > 2)
            group |= in[at + 2];
        const char four[4] = {alphabet[group >> 18], alphabet[group >> 12 & 63],
                              left > 1 ? alphabet[group >> 6 & 63] : '=',
                              left > 2 ? alphabet[group & 63] : '='};
        buffer_append(out, four, sizeof four);
    }
}

/* The six bits of a letter, or -1. */
static int value_of(char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return letter - 'A';
    if (letter >= 'a' && letter <= 'z')
        return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9')
        return letter - '0' + 52;
    return letter == '+' ? 62 : letter == '/' ? 63 : -1;
}

int base64_decode(const char *text, size_t length, struct buffer *out)
{
    if (length % 4)
        return BASE64_INVALID;
    for (size_t at = 0; at < length; at += 4) {
        bool last = at + 4 == length;
        size_t padding = 0;
        if (last && text[at + 3] == '=')
            padding = text[at + 2] == '=' ? 2 : 1;
        uint32_t group = 0;
        for (size_t i = 0; i < 4; i++) {
            int six = i < 4 - padding ? value_of(text[at + i]) : 0;
            if (six < 0)
                return BASE64_INVALID;
            group = group << 6 | (uint32_t)six;
        }
        const uint8_t three[3] = {(uint8_t)(group >> 16), (uint8_t)(group >> 8), (uint8_t)group};
        buffer_append(out, three, sizeof three - padding);
    }
    return out->error;
}
