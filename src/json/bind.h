/*
 * bind.h: a whole body through jansson into the typed parameter.
 *
 * The only user of jansson. Every document lives in an arena of its own
 * (jansson's allocation functions are replaced once, and serve the document
 * that the calling thread is parsing), so that freeing 1.25 million members
 * is one step.
 */
#ifndef LOOPLAG_JSON_BIND_H
#define LOOPLAG_JSON_BIND_H

#include "base/arena.h"
#include "base/budget.h"
#include "json/param.h"

/** Positive result: not JSON, or not the model. scan.h tells what is wrong. */
enum { BIND_REFUSED = 1 };

/** Positive result: the document could take more memory than is allowed. */
enum { BIND_TOO_LARGE = 2 };

/** Positive results: others hold the memory for it; it needs more than the whole budget. */
enum { BIND_FULL = 3, BIND_NEVER };

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
 * A parsed body. It is made on the stack of the thread that parses it and is
 * used by that thread only; `first` serves small documents without any system
 * allocation.
 */
struct bind_document {
    struct arena arena;
    void *root;
    size_t bound; /**< the most memory that it can take, in bytes; 0: that fits into `first` */
    struct bind_limits limits;
    size_t taken; /* of the budget */
    _Alignas(ARENA_ALIGN) char first[128 << 10];
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
int bind_param(struct bind_document *document, struct bind_param *param);

/** Gives the document's memory back in one step. Twice is fine. */
void bind_document_deinit(struct bind_document *document);

#endif
