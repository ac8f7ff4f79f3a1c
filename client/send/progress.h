/*
 * progress.h: the line on stderr that says how far a window is: rewritten in
 * place on a terminal, one line every ten seconds elsewhere, nothing when quiet.
 */
#ifndef LOOPLAG_CLIENT_PROGRESS_H
#define LOOPLAG_CLIENT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One for the whole run: its pace goes on from window to window. */
struct progress {
    bool quiet;
    bool terminal;
    const char *title; /**< opens the line; borrowed */
    int64_t start_ns;
    int64_t duration_ns;
    int64_t shown_ns; /**< when the last line was written */
};

/** What to say of one class. */
struct progress_row {
    const char *name;
    uint64_t sent;
    uint64_t failed;
    uint64_t waiting; /**< sent and not yet answered */
};

/** Starts a run; nothing is written yet. */
void progress_init(struct progress *progress, bool quiet);

/** Starts a window; `title` opens its line ("" for none) and is borrowed until progress_end. */
void progress_begin(struct progress *progress, const char *title, int64_t duration_ns);

/** Writes or rewrites the line if it is time to. */
void progress_tick(struct progress *progress, const struct progress_row *rows, size_t count);

/** Removes the line from a terminal. */
void progress_end(struct progress *progress);

#endif
