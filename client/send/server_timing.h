/*
 * server_timing.h: the header Server-Timing as servers send it (W3C Server Timing):
 *
 *     Server-Timing: db;dur=53.2, app;desc="all, of it";dur=47, cache
 *
 * A metric is a name with parameters. Of a parameter that comes twice the first counts; what does
 * not belong is skipped up to the next semicolon or comma, as browsers do.
 */
#ifndef LOOPLAG_CLIENT_SERVER_TIMING_H
#define LOOPLAG_CLIENT_SERVER_TIMING_H

#include <stdbool.h>
#include <stddef.h>

enum { TIMING_NAME_SIZE = 64 };

struct timing_metric {
    char name[TIMING_NAME_SIZE]; /**< printable ASCII without bars; cut */
    char desc[TIMING_NAME_SIZE]; /**< printable ASCII without bars, "" when there is none; cut */
    bool told;                   /**< it has a duration */
    double ms;
};

/**
 * Calls `take` for each metric of a header's line with its name, in order. Returns false when it
 * is another header.
 */
bool server_timing_read(const char *line, size_t length,
                        void (*take)(void *cls, const struct timing_metric *metric), void *cls);

#endif
