/*
 * endpoint.h: what is done with a request: bytes in, answer out.
 *
 * An endpoint is a row in the const table of rows.c. It knows nothing of
 * libmicrohttpd, of modes or of connections; the HTTP layer calls
 * begin, chunk*, finish and, in every case, destroy.
 */
#ifndef LOOPLAG_ENDPOINT_ENDPOINT_H
#define LOOPLAG_ENDPOINT_ENDPOINT_H

#include "base/budget.h"
#include "base/buffer.h"
#include "endpoint/serving.h"
#include "stats/gauges.h"
#include "stats/stats.h"
#include "stats/users.h"

#include <stdbool.h>
#include <stdint.h>

/** Stages of an answer, in the order of the Server-Timing header. */
enum endpoint_stage {
    STAGE_READ,   /* from complete headers to the last body byte */
    STAGE_QUEUE,  /* waiting in the lane for large bodies and for a handler thread */
    STAGE_DECODE, /* chunks to one string */
    STAGE_PARSE,  /* bytes to a JSON document */
    STAGE_BIND,   /* document to the typed parameter */
    STAGE_LOG,    /* handing the body over to --log-bodies */
    STAGE_TOTAL,  /* all of it */
    STAGES,
};

/** A stage's name in Server-Timing. */
const char *endpoint_stage_name(enum endpoint_stage stage);

struct lane_counts;

/** What every endpoint may look at; one for the process, set before the start. */
struct endpoint_context {
    struct stats *stats;
    const char *mode;
    const char *poll;
    struct serving serving;
    int64_t started_ns;              /**< monotonic */
    uint64_t max_document;           /**< bytes that jansson may take for one body */
    uint64_t max_name;               /**< most bytes of a name, in UTF-8 */
    struct budget budget;            /**< for bodies that are kept, and their documents */
    struct users *users;             /**< who sends what */
    const char *named_by;            /**< what a user's name is: "token", "header" or "address" */
    struct stats_handlers *handlers; /**< NULL: none */
    struct lane_counts *lane;        /**< for large bodies; NULL: no limit */
    struct stats_lane (*read_lane)(struct lane_counts *lane);
};

/** A connection keeps this much memory from one request to the next. */
#define ENDPOINT_KEPT ((size_t)8 << 10)

/** One request, as an endpoint sees it. */
struct endpoint_call {
    const struct endpoint *endpoint;
    struct endpoint_context *context;
    uint64_t announced; /**< Content-Length, 0 when unknown */
    uint64_t taken;     /**< of the budget, for what the endpoint holds of it */
    int64_t began_ns;   /**< complete headers */
    int64_t now_ns;     /**< what is being done began: a chunk, or the finish on a loop */
    int64_t read_ns;    /**< last body byte; set before finish */
    void *state;        /**< the endpoint's own, from begin to destroy */

    /**
     * Empty memory that the endpoint may use from begin to destroy. What it
     * leaves, up to ENDPOINT_KEPT, serves the next request of its connection.
     */
    struct buffer memory;
};

/**
 * The words for a body that finds no room in the budget now, or, `never`, that would not if it were
 * alone.
 */
const char *endpoint_no_room(bool never);

/** A header that replies of an endpoint have beside those of all. Texts are static. */
struct endpoint_header {
    const char *name;
    const char *value;
};

/** The answer; http/exchange.c sends its body and frees it. */
struct endpoint_answer {
    int status;
    const char *content_type;              /**< static; JSON unless the endpoint says otherwise */
    const struct endpoint_header *headers; /**< static, up to a row without a name; NULL: none */
    struct buffer body;
    int64_t stage_ns[STAGES]; /**< -1: this stage did not happen */
};

void endpoint_answer_init(struct endpoint_answer *answer);

struct page;

/** Positive result of finish. */
enum { ENDPOINT_AGAIN = 1 };

enum endpoint_method { ENDPOINT_GET, ENDPOINT_POST };

struct endpoint {
    const char *path;
    const char *name; /**< in /openapi.json; NULL: its path without the '/' */
    enum endpoint_method method;
    const char *summary;      /**< what it does, for people; completes "it ..." or names it */
    const char *content_type; /**< of its 200; NULL: JSON */
    const struct page *page;  /**< it answers with this, and --no-page switches it off; or NULL */
    bool open; /**< asks for no token; else GET asks for an operator's, and POST for a user's */
    struct parsing parsing;
    bool logs_begin; /**< an access-log line when it begins, as the original's /pong */

    /** Prepares state. NULL: nothing to prepare. Returns 0 or negative. */
    int (*begin)(struct endpoint_call *call);
    /** Looks at body bytes before chunk takes them, so that holds knows of them. NULL: nothing to
     * see. */
    void (*foresee)(struct endpoint_call *call, const char *bytes, size_t length);
    /** Bytes of memory that a body of `body` bytes takes until it is parsed. NULL: none to speak
     * of. */
    uint64_t (*holds)(const struct endpoint_call *call, uint64_t body);
    /** Takes body bytes in order. NULL: bodies are read and dropped. */
    int (*chunk)(struct endpoint_call *call, const char *bytes, size_t length);
    /** Most bytes that chunk takes at once; between two pieces a loop may turn to others. 0: any
     * number. */
    size_t piece;
    /**
     * Makes the answer. Returns 0, negative (the caller answers 503), or ENDPOINT_AGAIN: it is
     * called again, in a later turn of the loop.
     */
    int (*finish)(struct endpoint_call *call, struct endpoint_answer *answer);
    /** Frees state; called once after begin was, whatever happened. NULL: no state. */
    void (*destroy)(struct endpoint_call *call);
};

#endif
