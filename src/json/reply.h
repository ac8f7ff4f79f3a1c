/*
 * reply.h: the texts that the endpoints answer with.
 */
#ifndef LOOPLAG_JSON_REPLY_H
#define LOOPLAG_JSON_REPLY_H

#include "base/buffer.h"
#include "json/param.h"

/** A stage of the work, as a reply's "profiling" tells it, in whole ms. */
struct reply_stage {
    const char *name;
    int64_t ns;
};

/** What a 200 reply says beside the parameter's summary. */
struct reply_extra {
    int64_t elapsed_ns;
    int64_t wall_now_ns; /**< for elapsed_from_client; used when a timestamp came */
    const struct reply_stage *stages;
    size_t stage_count;
};

/**
 * Appends {"name", "count", "maxval", "elapsed_server", "profiling"} and, when
 * the parameter has a timestamp, "elapsed_from_client" (ms, three decimals).
 * Returns 0 or -ENOMEM.
 */
int reply_summary(struct buffer *out, const struct param_summary *summary,
                  const struct reply_extra *extra);

/** Appends FastAPI's 422 body: {"detail": [{"type", "loc", "msg", "input"}, ...]}. */
int reply_violations(struct buffer *out, const struct violations *violations);

/** Appends {"detail": "..."}: the body of every other error. */
int reply_detail(struct buffer *out, const char *detail);

#endif
