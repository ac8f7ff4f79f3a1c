/*
 * audit.h: the client judges itself: was it on time, and did its machine have
 * a connection for each request? If not, the figures are about the client and
 * the result says so. Requests that were never sent are
 * no reason: they are censored (percentile.h), and the percentiles say so.
 */
#ifndef LOOPLAG_CLIENT_AUDIT_H
#define LOOPLAG_CLIENT_AUDIT_H

#include "send/stats.h"

#include <stdbool.h>
#include <stdint.h>

struct cell;
struct result;

/**
 * A lag's p99 above this share of the class's median response time is too late:
 * that of the sends (sent after their planned time) and that of the reads (there
 * before the client read them) alike.
 */
#define AUDIT_LAG_SHARE 0.10
/**
 * The machine's own lateness (pulse.h) is in every answer of the server, too,
 * and is allowed on top of that share; but no more of it than this, whoever is
 * to blame.
 */
#define AUDIT_MACHINE_MOST_MS 2.0
/** A lag that is smaller is never too late: the response times hold it, and it is told. */
#define AUDIT_LAG_LEAST_MS 5.0
/** A class whose threads computed for more than this share of the time had no time left. */
#define AUDIT_BUSY_SHARE 0.85

struct audit {
    uint64_t planned;
    uint64_t sent;
    double median_ms; /**< of the response times with the large classes */
    double lag_p99_ms;
    double lag_least_ms; /**< the lower end of lag_p99_ms's 95 % interval */
    double read_p99_ms;
    double read_least_ms;      /**< the same of the read lag */
    double machine_p99_ms;     /**< the lag of a thread that only sleeps; 0 when not measured */
    double allowed_ms;         /**< what either lag's lower end may be */
    bool over_share;           /**< either p99 is over AUDIT_LAG_SHARE of the median, the machine's
                                  lateness not allowed for */
    unsigned threads;          /**< the most that the class had at a time */
    double busy_share;         /**< of the time its threads computed, 0 to 1 */
    unsigned connections_most; /**< the most that were open at a time */
    uint64_t waits;            /**< requests that waited for a free connection */
    double wait_longest_ms;    /**< and the longest of these waits */
    uint64_t unopened; /**< requests that the client's machine had no connection for (outcome.h) */
    bool late;
};

/** Judges one class's statistics; `median_ms` is 0 when nothing was answered. */
struct audit audit_stats(const struct class_stats *stats, double median_ms);

/** Judges a cell, all its windows together. Returns 0 or -ENOMEM. */
int audit_cell(const struct cell *cell, struct audit *audit);

/** Whether the client can be trusted. */
bool audit_is_good(const struct audit *audit);

#endif
