/*
 * diagnosed.h: a diagnosis for people, on one screen of 80 columns, and as JSON
 * (docs/diagnosis.schema.json).
 */
#ifndef LOOPLAG_CLIENT_DIAGNOSED_H
#define LOOPLAG_CLIENT_DIAGNOSED_H

#include "analysis/climb.h"
#include "analysis/diagnosis.h"
#include "analysis/exposure.h"
#include "base/buffer.h"
#include "measure/ladder.h"

#include <jansson.h>

/** Everything is borrowed. */
struct diagnosed {
    const char *url; /**< as typed */
    const struct ladder *ladder;
    const struct exposures *exposures;
    const struct diagnosis *diagnosis;
    enum climb_end end; /**< CLIMB_ON: it was interrupted */
};

/** Appends it as Markdown: what the server behaves like, the figures, and what would help. */
void diagnosed_text(const struct diagnosed *diagnosed, struct buffer *out);

/** The same as a JSON document; NULL without memory. */
json_t *diagnosed_json(const struct diagnosed *diagnosed);

#endif
