/*
 * progress.h: the line on stderr that says how far a run is: rewritten in place
 * on a terminal and cut to its width; elsewhere one line a round, of runs that
 * take ten seconds or more; nothing when quiet.
 */
#ifndef LOOPLAG_CLIENT_PROGRESS_H
#define LOOPLAG_CLIENT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One for the whole run. */
struct progress {
    bool quiet;
    bool terminal;
    bool told;         /**< elsewhere: the run is long enough */
    const char *title; /**< opens the line; borrowed */
    int64_t start_ns;
    int64_t duration_ns;
    int64_t left_ns;  /**< of all windows that have not begun */
    int64_t shown_ns; /**< when the last line was written */
};

/** What to say of one class. */
struct progress_row {
    const char *name;
    uint64_t sent;
    uint64_t failed;
    uint64_t refused; /**< of those that failed: no connection was to be had; not shown */
    uint64_t waiting; /**< sent and not yet answered */
};

/** Starts a run; nothing is written yet. */
void progress_init(struct progress *progress, bool quiet);

/** Tells how long all windows take that are to come, in ns. */
void progress_expect(struct progress *progress, int64_t left_ns);

/** Starts a round, counted from 1: where stderr is no terminal, this is what is told. */
void progress_round(struct progress *progress, unsigned round, unsigned rounds);

/** Starts a window; `title` opens its line ("" for none) and is borrowed until progress_end. */
void progress_begin(struct progress *progress, const char *title, int64_t duration_ns);

/** Rewrites the line of a terminal if it is time to. */
void progress_tick(struct progress *progress, const struct progress_row *rows, size_t count);

/** Removes the line from a terminal. */
void progress_end(struct progress *progress);

#endif
