/*
 * server_stats.h: what the server says of itself at GET /stats: its mode, how
 * long its callbacks held their thread, its memory and CPU time.
 */
#ifndef LOOPLAG_CLIENT_SERVER_STATS_H
#define LOOPLAG_CLIENT_SERVER_STATS_H

#include "base/buffer.h"
#include "plan/json_in.h"
#include "send/stats.h"
#include "send/target.h"
#include "systems/traits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERVER_MODE_SIZE = 64, SERVER_WORKERS_MOST = 64 };

/** One event loop of pool, process of prefork, or the one loop of the others. */
struct server_worker {
    uint64_t connections; /**< that it was given */
    uint64_t requests;    /**< that it answered */
};

struct server_stats {
    char mode[SERVER_MODE_SIZE];
    char version[SERVER_MODE_SIZE]; /**< "": it does not tell */
    struct figures loop_hold;       /**< ms */
    uint64_t rss_peak_bytes;
    double cpu_seconds;
    struct system_traits traits;
    size_t worker_count; /**< those told, SERVER_WORKERS_MOST at most; 0: none was */
    struct server_worker workers[SERVER_WORKERS_MOST];
};

/** For how long a looplagd's threads were held, as far as it tells each time; in ns. */
struct server_holds {
    struct histogram loop;  /**< by each callback */
    struct histogram large; /**< by each large request, in one piece */
};

/** Makes empty ones. Returns 0 or -ENOMEM; deinit may follow either way. */
int server_holds_init(struct server_holds *holds);

/** Frees them. Zeroed ones are accepted; twice is fine. */
void server_holds_deinit(struct server_holds *holds);

/** Reads figures in ms from an object of /stats or of a result; all of nothing are null there. */
struct figures server_stats_read_figures(const struct json_in *in, const char *key);

/** Reads the workers' figures from the member "workers" of either, if it is there. */
void server_stats_read_workers(const struct json_in *in, struct server_stats *stats);

/** The answer is no looplagd's. */
#define SERVER_STATS_FOREIGN 1

/**
 * Reads the text of a /stats reply. To `holds` (or NULL) its holds are added, as far as
 * it tells each. Returns 0 or SERVER_STATS_FOREIGN.
 */
int server_stats_parse(const char *text, size_t length, struct server_stats *stats,
                       struct server_holds *holds);

/**
 * Leaves of the holds only those that came after `before` was read, by what the server
 * told of each then and now: `holds` is what it holds now, and is changed.
 */
void server_stats_forget(struct server_stats *stats, struct server_holds *holds,
                         const struct server_holds *before);

/**
 * Fetches GET /stats within two seconds. `headers` is NULL-terminated or NULL,
 * `holds` as above. Returns 0, SERVER_STATS_FOREIGN (also when nothing answers) or -ENOMEM.
 */
int server_stats_fetch(const struct target *target, const char *const *headers,
                       struct server_stats *stats, struct server_holds *holds);

/**
 * GETs a page of a server into `reply`, within two seconds; `headers` as above. Returns its HTTP
 * status, 0 when there was none, or -ENOMEM.
 */
long server_stats_page(const struct target *target, const char *path, const char *const *headers,
                       struct buffer *reply);

/** Whether GET base_url + path answers 2xx within two seconds; NULL: whether / answers anything. */
bool server_is_ready(const char *base_url, const char *path);

#endif
