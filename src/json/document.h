/*
 * document.h: a body's document, parsed by jansson while the body comes in.
 *
 * jansson runs on a coroutine and waits there for the next piece. So each piece is parsed when it
 * comes, in the thread that brings it, and nothing of the text is kept. Before jansson sees a piece
 * its parts are counted (census.h), which gives a bound on the memory that the document can take so
 * far; that much is reserved.
 *
 * All that jansson takes belongs to the document's arena. So a document is let go of in one step,
 * wherever jansson is; nothing is unwound.
 */
#ifndef LOOPLAG_JSON_DOCUMENT_H
#define LOOPLAG_JSON_DOCUMENT_H

#include "json/bind.h"
#include "json/census.h"

/** Positive result of document_finish: call again, in a later turn. */
enum { DOCUMENT_AGAIN = 16 };

enum { DOCUMENT_GATHER = 1 << 10 };

struct coroutine;

/** Used by one thread at a time. */
struct document {
    struct bind_limits limits;
    struct census census;
    size_t bound; /**< the most memory that it can take so far, in bytes */
    bool has_nul;
    bool let_go; /* its text is refused */
    bool done;   /* the coroutine has nothing more to do; `result` tells what became of it */
    int result;
    struct coroutine *coroutine;    /* NULL: not begun, or let go of */
    struct bind_document *document; /* on the coroutine's stack */
    struct bind_source source;
    struct bind_param param;
    size_t gathered_length;
    char gathered[DOCUMENT_GATHER]; /* short pieces: they are parsed together */
};

/** Starts one. Of the limits the budget is left to the caller: document_holds says what to take. */
void document_init(struct document *document, const struct bind_limits *limits);

/** Counts the next piece of the text, before document_feed gets it. */
void document_foresee(struct document *document, const char *bytes, size_t length);

/** The memory that it may hold once the foreseen pieces are parsed, in bytes; 0: not worth
 * counting. */
size_t document_holds(const struct document *document);

/** Parses a piece that was foreseen; bytes are borrowed for the call. Returns 0 or -ENOMEM. */
int document_feed(struct document *document, const char *bytes, size_t length);

/** Parses what document_feed keeps of short pieces until there is more. Returns 0 or -ENOMEM. */
int document_flush(struct document *document);

/** Says that the text is refused, whatever comes: its memory is given back. */
void document_let_go(struct document *document);

/**
 * The text has ended: parses its end and binds. Returns 0 (document->param is there until
 * document_deinit), BIND_REFUSED, BIND_TOO_LARGE (document->bound tells), -ENOMEM, or
 * DOCUMENT_AGAIN after some thousand members.
 */
int document_finish(struct document *document);

/** Frees what it holds, also in the middle. Twice is fine. */
void document_deinit(struct document *document);

#endif
