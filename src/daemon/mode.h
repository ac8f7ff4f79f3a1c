/*
 * mode.h: the concurrency modes: how connections are given to threads
 * or processes.
 *
 * A mode is a row in a const table; nothing else in the project branches on it.
 */
#ifndef LOOPLAG_DAEMON_MODE_H
#define LOOPLAG_DAEMON_MODE_H

#include "base/error.h"
#include "daemon/engine.h"
#include "endpoint/serving.h"

#include <stdbool.h>
#include <stddef.h>

/** The most loops, processes or handlers. */
enum { MODE_WORKERS_MAX = 128 };

/** How a loop waits for events. */
enum poll_kind { POLL_AUTO, POLL_EPOLL, POLL_POLL, POLL_SELECT, POLL_KINDS };

/** What --workers counts in a mode. */
enum worker_kind { WORKERS_NONE, WORKERS_LOOPS, WORKERS_PROCESSES, WORKERS_HANDLERS };

/** How connections are given to the workers of a mode. */
struct balance {
    const char *name;
    const struct engine *engine;
};

struct mode {
    const char *name;
    const char *summary; /**< for --help */
    const struct engine *engine;
    unsigned mhd_flags;   /**< MHD_FLAG bits, those of the poll kind aside */
    unsigned polls;       /**< bit (1 << kind) for each kind it can run on */
    enum poll_kind first; /**< what auto means, where the system has it */
    enum serving_by answered_by;
    enum worker_kind worker_kind;
    unsigned workers; /**< how many by default; 0: as many as processors, at least 2 */
    bool balances;    /**< takes --balance, which picks another engine */
};

size_t mode_count(void);
const struct mode *mode_at(size_t index);

/** The row of a name, or NULL. */
const struct mode *mode_find(const char *name);

/** The row of a name, or NULL. */
const struct balance *balance_find(const char *name);

/** How many workers the mode has without --workers; at most MODE_WORKERS_MAX. */
unsigned mode_workers(const struct mode *mode, long processors);

/** How the mode serves with so many workers. */
struct serving mode_serving(const struct mode *mode, unsigned workers);

/** "auto", "epoll", "poll", "select". */
const char *poll_name(enum poll_kind kind);

/** The names of modes, balances and poll kinds, NULL behind the last. */
const char *mode_choice(size_t index);
const char *balance_choice(size_t index);
const char *poll_choice(size_t index);

/** The MHD_FLAG bits of a kind. */
unsigned poll_mhd_flags(enum poll_kind kind);

/** The kind that the mode uses for `kind`: never POLL_AUTO; POLL_KINDS when it can't run on it. */
enum poll_kind mode_resolve_poll(const struct mode *mode, enum poll_kind kind);

#endif
