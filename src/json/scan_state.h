/*
 * scan_state.h: the state of a scan, which the files of the scanner share; private to them.
 *
 *   scan.c          the grammar: which byte may stand where, and the nesting
 *   scan_model.c    what a value means to the parameter, and what is wrong
 *   scan_text.c     strings: escapes, UTF-8, where their characters go
 *   scan_number.c   numbers: grammar, value, what no int64_t or double holds
 *   scan_capture.h  the beginnings of texts that are kept to be told
 *   scan_fast.c     runs of plain characters and of plain members
 *
 * Each calls only those below it: scan.c asks the parts for a string or a number and, when
 * they have returned, tells the model.
 *
 * A function named ..._feed takes [at, end), at < end, and returns where it
 * stopped: at `end`, at the first byte that isn't its own (scan->state then
 * says whose), or at the offending byte (scan->state is SCAN_INVALID).
 * No verdict depends on where the pieces are cut.
 */
#ifndef LOOPLAG_JSON_SCAN_STATE_H
#define LOOPLAG_JSON_SCAN_STATE_H

#include "base/buffer.h"
#include "json/param.h"

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

enum {
    SCAN_TEXT_MAX = VIOLATION_FIELD_SIZE - 4, /* bytes kept of a key or a value */
    SCAN_INPUT_SIZE = SCAN_TEXT_MAX + 8,      /* with quotes, "..." and a NUL */
    SCAN_STAMP_SIZE = 40,
    SCAN_UNIT_SIZE = 12, /* the longest character as sent: a pair of escapes */
};

struct scan_capture {
    char text[VIOLATION_FIELD_SIZE];
    uint8_t length;
    bool cut;
};

struct scan_remark {
    size_t at;
    enum violation_kind kind;
    char key[VIOLATION_FIELD_SIZE];
    char input[SCAN_INPUT_SIZE];
};

struct scan_size_remark {
    struct scan_remark remark;
    bool in_data;
    bool whole; /* under no key of the body */
    char field[VIOLATION_FIELD_SIZE];
};

struct scan_slot {
    bool seen; /* of the body: it is an object */
    bool wrong;
    enum violation_kind kind;
    char input[SCAN_INPUT_SIZE];
};

struct scan_string {
    uint8_t state;
    uint8_t sink;
    bool is_key;
    bool keeps_raw;
    uint8_t expected; /* continuation bytes of UTF-8, or hex digits, to come */
    uint8_t low;      /* what the next continuation byte may be */
    uint8_t high;
    uint16_t code; /* the \u escape in progress */
    uint16_t lead; /* the first half of a surrogate pair, or 0 */
    uint8_t unit_length;
    char unit[SCAN_UNIT_SIZE]; /* the character in progress, as sent */
};

struct scan_number {
    uint8_t state;
    bool negative;
    bool too_big;       /* magnitude is no longer valid */
    bool significant;   /* a digit other than 0 was seen */
    int8_t order;       /* digits against those of the limit: -1, 0, 1 */
    bool down;          /* the exponent is negative */
    size_t digits;      /* significant ones */
    int64_t point;      /* the number is 0.DIGITS * 10^(point + exponent) */
    int64_t exponent;   /* magnitude of the exponent, saturated */
    uint64_t magnitude; /* of an integer */
};

struct scan_tally {
    size_t count;
    int64_t maximum;
};

struct scan {
    size_t taken; /* bytes of the chunks before this one */
    size_t invalid_at;
    const char *reason;
    size_t value_at;     /* where the value in progress began */
    const char *literal; /* what is still to come of true, false or null */
    uint8_t literal_type;
    uint8_t state;
    uint8_t role;
    uint8_t field_role;
    bool in_members; /* inside the top-level data object, at any depth */
    uint16_t open;   /* containers */
    uint8_t objects[PARAM_MAX_DEPTH / 8];

    struct scan_string string;
    struct scan_number number;
    struct scan_tally tally;
    struct scan_capture field;
    struct scan_capture key;
    struct scan_capture raw;
    struct buffer name;
    size_t max_name; /* bytes of it that are kept; a longer one is wrong */
    bool long_name;
    char stamp[SCAN_STAMP_SIZE];
    uint8_t stamp_length;
    bool has_timestamp;
    int64_t timestamp_ns;

    struct scan_slot body;
    struct scan_slot name_slot;
    struct scan_slot data;
    struct scan_slot timestamp;
    size_t members_found;
    size_t members_oversize; /* of members_found, those of a size violation */
    size_t sizes_kept;
    size_t sizes_found;

    /* From here on nothing is read before it was written: it is not zeroed. */
    struct scan_remark members[VIOLATIONS_MAX];
    struct scan_size_remark sizes[VIOLATIONS_MAX];
};

/** Declares the text invalid at the byte where the caller stops. */
static inline void scan_refuse(struct scan *scan, const char *reason)
{
    scan->state = SCAN_INVALID;
    scan->reason = reason;
}

#endif
