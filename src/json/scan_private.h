/*
 * scan_private.h: how the files of the scanner share one struct scan.
 *
 *   scan.c         the grammar: which byte may stand where, and the nesting
 *   scan_text.c    strings: escapes, UTF-8, where their characters go
 *   scan_number.c  numbers: grammar, value, what no int64_t or double holds
 *   scan_model.c   what a value means to the parameter, and what is wrong
 *   scan_fast.c    runs of plain characters and of plain members
 *
 * A function named ..._feed takes [at, end), at < end, and returns where it
 * stopped: at `end`, at the first byte that isn't its own (scan->state then
 * says whose), or at the offending byte (scan->state is SCAN_INVALID).
 * No verdict depends on where the pieces are cut.
 */
#ifndef LOOPLAG_JSON_SCAN_PRIVATE_H
#define LOOPLAG_JSON_SCAN_PRIVATE_H

#include "json/scan.h"

/* What may come next. */
enum scan_state {
    SCAN_VALUE,
    SCAN_FIRST_ELEMENT, /* a value or ']' */
    SCAN_FIRST_KEY,     /* a key or '}' */
    SCAN_KEY,
    SCAN_COLON,
    SCAN_AFTER_VALUE, /* ',' or the end of the container, or of the text */
    SCAN_IN_STRING,
    SCAN_IN_NUMBER,
    SCAN_IN_LITERAL,
    SCAN_INVALID, /* final: scan->reason says why */
    SCAN_NO_MEMORY,
};

/* What a value is to the model. */
enum scan_role {
    SCAN_ROLE_IGNORED,
    SCAN_ROLE_BODY,
    SCAN_ROLE_NAME,
    SCAN_ROLE_DATA,
    SCAN_ROLE_TIMESTAMP,
    SCAN_ROLE_MEMBER,
};

enum scan_type {
    SCAN_STRING,
    SCAN_INTEGER,
    SCAN_REAL,
    SCAN_TRUE,
    SCAN_FALSE,
    SCAN_NULL,
    SCAN_OBJECT,
    SCAN_ARRAY,
};

/* Where the characters of a string go, unescaped. */
enum scan_sink {
    SCAN_SINK_NONE,
    SCAN_SINK_FIELD,
    SCAN_SINK_KEY,
    SCAN_SINK_NAME,
    SCAN_SINK_STAMP,
};

/** Declares the text invalid at the byte where the caller stops. */
static inline void scan_refuse(struct scan *scan, const char *reason)
{
    scan->state = SCAN_INVALID;
    scan->reason = reason;
}

/* scan_text.c */

/** Begins a string; its opening quote was taken. */
void scan_text_begin(struct scan *scan, bool is_key, enum scan_sink sink, bool keeps_raw);

/** Takes a string's bytes and its closing quote; then tells the model. */
const char *scan_text_feed(struct scan *scan, const char *at, const char *end);

/** Empties a capture. */
void scan_capture_clear(struct scan_capture *capture);

/** Keeps what fits of bytes that may be cut anywhere. */
void scan_capture_run(struct scan_capture *capture, const char *bytes, size_t length);

/** Completes the text: "..." where something was cut, and a NUL. */
void scan_capture_close(struct scan_capture *capture);

/* scan_number.c */

/** Begins a number; its first byte was not taken. */
void scan_number_begin(struct scan *scan);

/** Takes a number's bytes; at the first other byte tells the model. */
const char *scan_number_feed(struct scan *scan, const char *at, const char *end);

/** Ends a number at the end of the text, if it can end there. */
void scan_number_finish(struct scan *scan);

/** The value of an integer that is not oversize. */
int64_t scan_number_value(const struct scan_number *number);

/** Whether no int64_t (an integer) or double (a real) holds the number. */
bool scan_number_is_oversize(const struct scan_number *number, enum scan_type type);

/* scan_model.c */

/** Where the key that begins goes. */
enum scan_sink scan_model_key_sink(const struct scan *scan);

/** A key has ended. */
void scan_model_key(struct scan *scan);

/** A value begins: finds its role and forgets what an earlier one of it said. */
void scan_model_begin(struct scan *scan);

/** A scalar has ended, or a container begins. */
void scan_model_value(struct scan *scan, enum scan_type type);

/** The text is complete: its summary or its violations. */
int scan_model_finish(const struct scan *scan, struct param_summary *summary,
                      struct violations *violations);

/* scan_fast.c */

/** Skips white space. */
const char *scan_fast_space(const char *at, const char *end);

/** Skips bytes that stand for themselves in a string: printable ASCII but '"' and '\'. */
const char *scan_fast_plain(const char *at, const char *end);

/**
 * Takes whole members of the common form (an ASCII key without escapes, an
 * integer, a comma; the last one without its brace) and counts them. Returns where
 * the first other one begins: after a comma, or at the brace after an integer.
 */
const char *scan_fast_members(const char *at, const char *end, struct scan_tally *tally);

#endif
