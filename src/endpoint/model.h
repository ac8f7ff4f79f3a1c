/*
 * model.h: a whole body to an answer: parse, bind, reply. What /ping and /pong
 * have in common.
 */
#ifndef LOOPLAG_ENDPOINT_MODEL_H
#define LOOPLAG_ENDPOINT_MODEL_H

#include "endpoint/endpoint.h"
#include "json/reply.h"

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

#endif
