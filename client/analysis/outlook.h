/*
 * outlook.h: prediction beside measurement for one cell: what theory makes of
 * the large class's own times on one loop, what was measured, and the likely
 * reason when they disagree. That is said only where a run as short as the
 * measured one could not show the difference by chance (replay.h).
 */
#ifndef LOOPLAG_CLIENT_OUTLOOK_H
#define LOOPLAG_CLIENT_OUTLOOK_H

#include "analysis/prediction.h"
#include "analysis/replay.h"

#include <stdbool.h>
#include <stddef.h>

struct cell;
struct result;

/** Predicted and measured differ by more than this share, and by more than OUTLOOK_LEAST_MS. */
#define OUTLOOK_MARGIN 0.2
#define OUTLOOK_LEAST_MS 2.0

/** The percentiles that are predicted and compared: 50, 90, 99. */
enum { OUTLOOK_PERCENTS = 3 };
extern const double outlook_percents[OUTLOOK_PERCENTS];

enum outlook_verdict {
    OUTLOOK_AGREES,
    OUTLOOK_DISAGREES,
    OUTLOOK_CANT_TELL /**< they differ, and chance alone can do that */
};

struct outlook {
    bool known; /**< one loop, one large class, and its server told its times */
    struct prediction_input input;
    struct prediction predicted;
    struct replay_range ranges[OUTLOOK_PERCENTS]; /**< in runs like this, ms */
    size_t larges;                                /**< requests that `input` is from */
    double hold_max;                              /**< the longest hold, ms */
    double came_each; /**< ms of measured windows per large request that was sent in them */
    enum outlook_verdict verdict;
    const char *reason; /**< why they disagree, else NULL; static text */
};

/** Predicts from the traces and compares. Returns 0 or -ENOMEM. */
int outlook_make(const struct result *result, const struct cell *cell, struct outlook *outlook);

/** What is predicted for outlook_percents[index], ms. */
double outlook_predicted_ms(const struct outlook *outlook, size_t index);

/** "agrees", "disagrees" or "cannot tell". */
const char *outlook_verdict_name(enum outlook_verdict verdict);

#endif
