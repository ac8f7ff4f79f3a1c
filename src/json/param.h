/*
 * param.h: the typed parameter of the POST endpoints, and what can be wrong
 * with a body that should hold one.
 *
 *   {"name": string, "data": {string: integer, ...}, "timestamp"?: RFC 3339 | null}
 *
 * Unknown keys are ignored but must be valid JSON. Integers are those of
 * int64_t. Nothing here allocates: both structs say who owns what they show.
 */
#ifndef LOOPLAG_JSON_PARAM_H
#define LOOPLAG_JSON_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Deepest nesting of values, the outer object counted as 1 (as jansson's). */
#define PARAM_MAX_DEPTH 2048

/** What an answer tells of a parameter. */
struct param_summary {
    const char *name; /**< UTF-8, may hold no NUL; borrowed from the maker */
    size_t name_length;
    size_t count;   /**< members of data */
    int64_t maxval; /**< largest value of data, 0 when it is empty */
    bool has_timestamp;
    int64_t timestamp_ns; /**< wall clock, ns since 1970 */
};

/** What is wrong, in the words of FastAPI's (pydantic's) error types. */
enum violation_kind {
    VIOLATION_JSON_INVALID,   /* not JSON: loc is the byte offset */
    VIOLATION_BODY_MISSING,   /* no byte of a body, or null */
    VIOLATION_MODEL_TYPE,     /* JSON, but not an object */
    VIOLATION_MISSING,        /* name or data is absent */
    VIOLATION_STRING_TYPE,    /* name is not a string */
    VIOLATION_DICT_TYPE,      /* data is not an object */
    VIOLATION_INT_TYPE,       /* a value of data is not a number */
    VIOLATION_INT_FROM_FLOAT, /* a value of data is a number with a fraction or exponent */
    VIOLATION_INT_SIZE,       /* an integer that no int64_t holds */
    VIOLATION_NUMBER_SIZE,    /* a number that no double holds (1e999) */
    VIOLATION_DATETIME_TYPE,  /* timestamp is not a string */
    VIOLATION_DATETIME,       /* timestamp is not RFC 3339 */
    VIOLATION_NO_ZONE,        /* timestamp is, but for a time zone */
    VIOLATION_TOO_LONG,       /* name has more bytes than are taken */
};

enum {
    VIOLATION_FIELD_SIZE = 68, /* a longer key is cut at a character, then "..." */
    VIOLATION_INPUT_SIZE = 100,
    VIOLATION_REASON_SIZE = 64,
    VIOLATIONS_MAX = 8, /* further ones are counted, not told */
};

/** One thing wrong with a body. Texts are NUL-terminated. */
struct violation {
    enum violation_kind kind;
    size_t offset;                      /**< JSON_INVALID: the first byte that can't stand there */
    char reason[VIOLATION_REASON_SIZE]; /**< JSON_INVALID: what was expected, plain ASCII */
    bool whole;                         /**< it is the body itself: there is no field */
    char field[VIOLATION_FIELD_SIZE];   /**< top-level key, which may be ""; UTF-8 */
    char key[VIOLATION_FIELD_SIZE];     /**< member of data; valid when in_data; UTF-8 */
    bool in_data;
    char input[VIOLATION_INPUT_SIZE]; /**< the offending value as JSON text; see below */
};

/*
 * `input` is valid JSON: a scalar as it was sent (a string over 64 bytes is cut
 * at a character boundary and ends in "..."; a number over 64 characters is
 * given as a string cut the same way), `{}` for any object and `[]` for any
 * array, `null` where no body was sent, `{}` for a body that is not JSON and, where a field is
 * missing, for the object that lacks it. A body
 * is never echoed whole. "As it was sent" includes the escapes of a string: they
 * are kept and counted as sent, and never cut apart.
 */

/** All that is told of one body: one JSON_INVALID, or the model's violations. */
struct violations {
    struct violation items[VIOLATIONS_MAX];
    size_t told;     /**< filled items */
    size_t found;    /**< >= told */
    size_t max_name; /**< for TOO_LONG: bytes that are taken, in UTF-8 */
};

#endif
