/*
 * serving.h: how the server serves, as properties that others may rely on: what
 * they follow from (a mode, an endpoint) may have any name.
 */
#ifndef LOOPLAG_ENDPOINT_SERVING_H
#define LOOPLAG_ENDPOINT_SERVING_H

#include "json/writer.h"

#include <stdbool.h>

/** Who makes the answers to requests with a body. */
enum serving_by {
    SERVING_BY_LOOP,       /**< the event loop that read them */
    SERVING_BY_HANDLERS,   /**< threads behind the loop */
    SERVING_BY_CONNECTION, /**< a thread that serves one connection only */
    SERVING_BY_SIZE,       /**< the loop where the body is small, else threads behind it */
};

/** Of the server as a whole. */
struct serving {
    unsigned loops; /**< event loops that serve connections, of all processes */
    enum serving_by answered_by;
    unsigned reserve; /**< of the loops, the first so many take no large body */
};

/**
 * Writes the members "loops", "one_loop" (one loop reads, answers and writes for all
 * connections), "thread_per_connection", "answered_by" and "reserve" of an open object.
 */
void serving_write(struct writer *writer, const struct serving *serving);

/** What an endpoint does with a body. */
struct parsing {
    bool incremental;    /**< parses it as it arrives: no callback takes longer than a chunk */
    bool whole_document; /**< needs all of the document in memory to answer */
};

/** Writes the members "incremental" and "whole_document" of an open object. */
void parsing_write(struct writer *writer, const struct parsing *parsing);

#endif
