/* command_words.c: see command_words.h. */
#include "plan/command_words.h"

#include <string.h>

/*
 * Copies one word without its quotes and ends it with a NUL. Returns where it ended in `from`, or
 * NULL when a quote is not closed. What is copied is never longer than what was read.
 */
static const char *take_word(const char *from, char *to)
{
    char quote = '\0';
    for (; *from && (quote || !strchr(" \t\n", *from)); from++) {
        bool escapes = *from == '\\' && quote != '\'' &&
                       (!quote ? from[1] != '\0' : from[1] == '"' || from[1] == '\\');
        if (escapes)
            *to++ = *++from;
        else if (quote ? *from == quote : *from == '\'' || *from == '"')
            quote = quote ? '\0' : *from;
        else
            *to++ = *from;
    }
    *to = '\0';
    return quote ? NULL : from;
}

bool command_words_split(struct command_words *words, const char *text)
{
    char *to = words->text;
    words->count = 0;
    words->list[0] = NULL;
    if (strlen(text) >= COMMAND_WORDS_SIZE)
        return false;
    for (text += strspn(text, " \t\n"); *text; text += strspn(text, " \t\n")) {
        if (words->count == COMMAND_WORDS_MOST)
            return false;
        text = take_word(text, to);
        if (!text)
            return false;
        words->list[words->count++] = to;
        words->list[words->count] = NULL;
        to += strlen(to) + 1;
    }
    return true;
}
