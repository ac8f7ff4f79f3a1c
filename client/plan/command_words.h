/*
 * command_words.h: a command as it is typed, cut into words as a shell cuts it,
 * with quotes, and nothing expanded: no variable, no pattern, no operator.
 */
#ifndef LOOPLAG_CLIENT_COMMAND_WORDS_H
#define LOOPLAG_CLIENT_COMMAND_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum { COMMAND_WORDS_MOST = 64, COMMAND_WORDS_SIZE = 2048 };

/** Not to be moved: the words point into the text. */
struct command_words {
    char text[COMMAND_WORDS_SIZE];
    char *list[COMMAND_WORDS_MOST + 1]; /**< NULL-terminated */
    size_t count;
};

/**
 * Cuts a text at blanks. 'all of this' is literal; in "this" a backslash stands before " and \;
 * outside of quotes it takes any character for itself. Returns whether every quote is closed and
 * all fits; there may be no word.
 */
bool command_words_split(struct command_words *words, const char *text);

#endif
