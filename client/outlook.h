/*
 * outlook.h: prediction beside measurement for one cell: what theory makes of
 * the large class's own times on one loop, what was measured, and the likely
 * reason when they disagree.
 */
#ifndef LOOPLAG_CLIENT_OUTLOOK_H
#define LOOPLAG_CLIENT_OUTLOOK_H

#include "base/buffer.h"
#include "prediction.h"

#include <stdbool.h>
#include <stddef.h>

struct cell;
struct result;

/** Predicted and measured differ by more than this share, and by more than OUTLOOK_LEAST_MS. */
#define OUTLOOK_MARGIN 0.2
#define OUTLOOK_LEAST_MS 2.0

struct outlook {
    bool known; /**< one loop, one large class, and its server told its times */
    struct prediction_input input;
    struct prediction predicted;
    size_t larges;    /**< requests that `input` is from */
    double hold_max;  /**< the longest hold, ms */
    double came_each; /**< ms of measured windows per large request that was sent in them */
};

/** Fills in the cell's outlook from the traces. */
void outlook_make(const struct result *result, struct cell *cell);

/** Appends its lines. Returns 0 or -ENOMEM. */
int outlook_tell(const struct cell *cell, struct buffer *out);

/** Why they disagree, or NULL when they agree; static text. */
const char *outlook_disagreement(const struct cell *cell);

#endif
