/*
 * outlook.h: prediction beside measurement for one cell: what theory makes of
 * the large class's own times on one loop, for ever and in a run as short as the
 * measured one (replay.h), and what was measured. That they disagree is said
 * only where such a run could not show the difference by chance. Closed
 * classes of several connections do not come at even spaces, nor at random ones:
 * for them nothing is predicted.
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
    bool known; /**< one loop that told its times, one large class: open, or one at a time */
    bool told;  /**< the server told how long large requests held it, else it is by their stages */
    struct prediction_input input;
    struct prediction predicted;
    struct replay_range ranges[OUTLOOK_PERCENTS]; /**< in runs like this, ms */
    size_t larges;                                /**< requests that `input` is from */
    enum outlook_verdict verdict;
    bool short_windows; /**< they disagree, and runs as short as this one show what was measured */
};

/** Predicts from the traces and compares. Returns 0 or -ENOMEM. */
int outlook_make(const struct result *result, const struct cell *cell, struct outlook *outlook);

/** What is predicted for outlook_percents[index], ms. */
double outlook_predicted_ms(const struct outlook *outlook, size_t index);

/** The reason that short_windows is, to follow "because". */
extern const char outlook_short_windows[];

/** "agrees", "disagrees" or "cannot tell". */
const char *outlook_verdict_name(enum outlook_verdict verdict);

#endif
