/* expect.c: see expect.h. */
#include "plan/expect.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { WORD = 3 }; /* "404", "2xx" */

static int digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : -1;
}

static bool read_word(const char *word, struct expect *expect)
{
    int hundreds = digit(word[0]);
    bool all = hundreds >= 0 && word[1] == 'x' && word[2] == 'x';
    int rest = all ? 0 : digit(word[1]) * 10 + digit(word[2]);
    if (hundreds < 1 || hundreds > 5 || rest < 0 || expect->count == EXPECT_MOST)
        return false;
    if (!all && (digit(word[1]) < 0 || digit(word[2]) < 0))
        return false;
    expect->ranges[expect->count].low = (short)(hundreds * 100 + rest);
    expect->ranges[expect->count].high = (short)(hundreds * 100 + (all ? 99 : rest));
    expect->count++;
    return true;
}

bool expect_parse(const char *text, struct expect *expect)
{
    memset(expect, 0, sizeof *expect);
    for (;; text++) {
        if (strcspn(text, "|") != WORD || !read_word(text, expect))
            return false;
        text += WORD;
        if (*text == '\0')
            return true;
    }
}

bool expect_holds(const struct expect *expect, int status)
{
    bool good = expect->count == 0 && status / 100 == 2;
    for (size_t i = 0; i < expect->count; i++)
        good |= status >= expect->ranges[i].low && status <= expect->ranges[i].high;
    return good;
}

void expect_tell(const struct expect *expect, char out[EXPECT_TEXT_SIZE])
{
    size_t used = 0;
    snprintf(out, EXPECT_TEXT_SIZE, "2xx");
    for (size_t i = 0; i < expect->count; i++) {
        bool all = expect->ranges[i].low != expect->ranges[i].high;
        int low = expect->ranges[i].low;
        used += (size_t)snprintf(out + used, EXPECT_TEXT_SIZE - used, all ? "%s%dxx" : "%s%d",
                                 i ? "|" : "", all ? low / 100 : low);
    }
}
