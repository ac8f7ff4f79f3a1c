/*
 * answer_sentences.h: what the lines of the answer (answer.h) come to, in two
 * or three sentences. They claim only what the run shows: a change where the
 * interval of the ratio lies beyond 1, a cause where one event loop serves all.
 */
#ifndef LOOPLAG_CLIENT_ANSWER_SENTENCES_H
#define LOOPLAG_CLIENT_ANSWER_SENTENCES_H

#include "analysis/findings.h"
#include "base/buffer.h"

/** Appends them in one line, for interference_percents[index]. */
void answer_sentences(const struct findings *findings, int index, struct buffer *out);

/** Names in a sentence: "a", "a and b", "a, b, c and 4 others". */
struct answer_names {
    size_t count; /**< in all */
    size_t told;
};

/** Appends the next name, or nothing where only their number is told. */
void answer_name(struct answer_names *names, const char *name, struct buffer *out);

#endif
