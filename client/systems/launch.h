/*
 * launch.h: how a server that is not ours is started, whether a command line or
 * a table of peers describes it: its command, what stands for what in it, when it
 * is ready, and whether it is installed.
 */
#ifndef LOOPLAG_CLIENT_LAUNCH_H
#define LOOPLAG_CLIENT_LAUNCH_H

#include "plan/command_words.h"
#include "systems/program.h"

#include <stdbool.h>
#include <stddef.h>

/** What it points to is borrowed. */
struct launch {
    const char *name;                          /**< in messages */
    const char *words[COMMAND_WORDS_MOST + 1]; /**< the command, NULL-terminated */
    const char *folder;                        /**< what {folder} stands for; NULL: for itself */
    const char
        *ready;    /**< answers GET with 2xx once it serves; NULL: it is ready when it accepts */
    unsigned port; /**< where it listens by itself; 0: where {port} or {fd} tells it to */
};

/** A command's words with their placeholders filled in. Not to be moved. */
struct launch_words {
    char text[2 * COMMAND_WORDS_SIZE + PROGRAM_PATH_SIZE];
    char *list[COMMAND_WORDS_MOST + 1]; /**< NULL-terminated; they point into `text` */
};

/**
 * Fills in {port}, {fd} and {folder} in NULL-terminated `words`, COMMAND_WORDS_MOST at most.
 * Returns 0, -EINVAL without a word, or -E2BIG.
 */
int launch_fill_in(struct launch_words *out, const struct launch *launch, const char *const *words,
                   unsigned port);

/** Whether the command takes a listening socket. */
bool launch_inherits(const struct launch *launch);

/** Whether `test`, a command, ends with 0; of none, whether there is the launch's program. */
bool launch_is_installed(const struct launch *launch, const char *const *test);

#endif
