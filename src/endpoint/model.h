/*
 * model.h: a whole body to an answer: parse, bind, reply. What /ping and /pong
 * have in common; and the answers, which /await has in common with them.
 */
#ifndef LOOPLAG_ENDPOINT_MODEL_H
#define LOOPLAG_ENDPOINT_MODEL_H

#include "endpoint/endpoint.h"
#include "json/reply.h"
#include "json/scan.h"

enum { MODEL_STAGES_MAX = 4 };

/**
 * Parses and binds `bytes` and writes the answer: 200, 413 when the document
 * would take too much memory, or 422 with the violations. Sets the parse and
 * bind stages of the answer. profile(answer, stages) fills the reply's
 * "profiling" (at most MODEL_STAGES_MAX) from the answer's stages and returns
 * how many it filled; NULL leaves it empty. Returns 0 or -ENOMEM.
 */
int model_answer(const struct endpoint_call *call, const char *bytes, size_t length,
                 size_t (*profile)(const struct endpoint_answer *answer,
                                   struct reply_stage *stages),
                 struct endpoint_answer *answer);

/**
 * 422 for a text that jansson or the binding refused: what the scanner, which was fed all of it,
 * says. Returns 0 or -ENOMEM.
 */
int model_answer_violations(struct scan *scan, struct endpoint_answer *answer);

/**
 * 413 for a document that could take `bound` bytes. Returns 0 or -ENOMEM.
 */
int model_answer_too_large(const struct endpoint_call *call, size_t bound,
                           struct endpoint_answer *answer);

/** 200 for a parameter that was bound at the monotonic time `bound_ns`. Returns 0 or -ENOMEM. */
int model_answer_summary(const struct endpoint_call *call, const struct param_summary *summary,
                         int64_t bound_ns, struct reply_extra extra,
                         struct endpoint_answer *answer);

#endif
