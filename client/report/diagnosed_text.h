/*
 * diagnosed_text.h: the sentences of a diagnosis, for text and JSON.
 */
#ifndef LOOPLAG_CLIENT_DIAGNOSED_TEXT_H
#define LOOPLAG_CLIENT_DIAGNOSED_TEXT_H

#include "report/diagnosed.h"

/** "one_loop", "workers_blind", "workers_idle", "threads", "streams" or "unclear". */
const char *diagnosed_kind(enum diagnosis_kind kind);

/** "sure", "most", "time", "suffers" or "interrupted": why no further step was made. */
const char *diagnosed_end(enum climb_end end);

/** Appends one sentence on how the server behaves, without a line's end. */
void diagnosed_sentence(const struct diagnosed *diagnosed, struct buffer *out);

/** What would help such a server. */
const char *diagnosed_advice(const struct diagnosis *diagnosis);

/** Appends the URL without a user, a password and what else is secret. */
void diagnosed_url(const char *url, struct buffer *out);

#endif
