/*
 * ranking_text.h: the ranking as a table, and what its criteria are called in
 * a sentence.
 */
#ifndef LOOPLAG_CLIENT_RANKING_TEXT_H
#define LOOPLAG_CLIENT_RANKING_TEXT_H

#include "analysis/ranking.h"
#include "base/buffer.h"

struct ranking_phrase {
    char text[96];
};

/** "small p99 with large requests running", "large mean", "peak memory". */
struct ranking_phrase ranking_phrase(const struct ranking *ranking,
                                     enum ranking_criterion criterion);

/** Appends the table and its notes; nothing without a ranking. */
void ranking_tell(const struct ranking *ranking, struct buffer *out);

#endif
