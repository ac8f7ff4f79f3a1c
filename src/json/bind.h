/*
 * bind.h: a body through jansson into the typed parameter.
 *
 * The only user of jansson. Every document lives in an arena of its own
 * (jansson's allocation functions are replaced once, and serve the document
 * that the calling thread is parsing), so that freeing 1.25 million members
 * is one step. A whole body is parsed by bind_parse, one that comes in pieces by document.h.
 */
#ifndef LOOPLAG_JSON_BIND_H
#define LOOPLAG_JSON_BIND_H

#include "base/arena.h"
#include "base/budget.h"
#include "json/lookahead.h"
#include "json/param.h"

#include <stdbool.h>

/** Positive result: not JSON, or not the model. scan.h tells what is wrong. */
enum { BIND_REFUSED = 1 };

/** Positive result: the document could take more memory than is allowed. */
enum { BIND_TOO_LARGE = 2 };

/** Positive results: others hold the memory for it; it needs more than the whole budget. */
enum { BIND_FULL = 3, BIND_NEVER };

/** Bytes for small documents, which need no system allocation. */
#define BIND_FIRST ((size_t)128 << 10)

/** What a body may take. */
struct bind_limits {
    size_t document;             /**< bytes of its document */
    size_t name;                 /**< bytes of the name, in UTF-8 */
    const struct budget *budget; /**< borrowed: its document is taken from it; NULL: from none */
    uint64_t beside;             /**< what the same request has taken of it already */
};

/** One member of data; the key is borrowed from the document. */
struct bind_member {
    const char *key;
    int64_t value;
};

/** The typed parameter: the counterpart of a pydantic BaseModel. */
struct bind_param {
    struct param_summary summary;
    struct bind_member *members; /**< summary.count of them, in the order sent */
};

/**
 * A parsed body. It is made on the stack that it is parsed on, a thread's or a coroutine's, and
 * used by one thread at a time; `first` serves small documents without any system allocation.
 */
struct bind_document {
    struct arena arena;
    void *root;
    size_t bound; /**< the most memory that it can take, in bytes; 0: that fits into `first` */
    struct bind_limits limits;
    size_t taken; /* of the budget */
    _Alignas(ARENA_ALIGN) char first[BIND_FIRST];
};

/**
 * What jansson reads: a piece of a text, which is borrowed, then what the next ones bring. Zeroed
 * but for `wait` and `cls` it is at the text's beginning.
 */
struct bind_source {
    const char *at;
    const char *end;
    size_t given; /* bytes, up to the end of this piece */
    bool looks_ahead;
    struct lookahead lookahead;

    /**
     * Returns when bind_source_give was called for the next piece, or not: at the text's end. NULL:
     * there is one piece only.
     */
    void (*wait)(struct bind_source *source);
    void *cls; /**< of `wait` */
};

/** Called by bind_param now and then, if it is not NULL: the thread may do something else. */
struct bind_pause {
    void (*now)(void *cls);
    void *cls;
};

/** Replaces jansson's allocation functions and seeds its hashes. Once, before any thread. */
void bind_setup(void);

/**
 * Parses a JSON text of any kind within limits. Its document's memory is made sure of before.
 * Returns 0, BIND_REFUSED, BIND_TOO_LARGE, BIND_FULL, BIND_NEVER or -ENOMEM.
 * bind_document_deinit must follow in every case.
 */
int bind_parse(struct bind_document *document, const char *bytes, size_t length,
               const struct bind_limits *limits);

/**
 * Checks the document against the model and fills *param, which borrows from
 * the document. Returns 0, BIND_REFUSED or -ENOMEM. Duplicate keys: jansson
 * keeps the last.
 */
int bind_param(struct bind_document *document, struct bind_param *param,
               const struct bind_pause *pause);

/*
 * The parts of bind_parse, for a text that comes in pieces: bind_begin, then bind_read on a
 * coroutine, which must stand between bind_enter and bind_enter(NULL, NULL) of the thread whenever
 * it runs, and before each piece what it may take beyond BIND_FIRST must be reserved
 * (arena_reserve).
 */

/** Starts a document without a text. */
void bind_begin(struct bind_document *document, const struct bind_limits *limits);

/** Whether the document of a text of that length fits into BIND_FIRST, whatever it is made of. */
bool bind_is_small(size_t length, const struct bind_limits *limits);

/** From now on the calling thread parses this document. NULL: none any more. */
void bind_enter(struct bind_document *document, struct bind_source *source);

/** The next piece, which is not empty; the one before was read to its end. */
void bind_source_give(struct bind_source *source, const char *bytes, size_t length);

/** Parses what the source brings. Returns 0 or BIND_REFUSED. */
int bind_read(struct bind_document *document, struct bind_source *source);

/** Gives the document's memory back in one step. Twice is fine. */
void bind_document_deinit(struct bind_document *document);

#endif
