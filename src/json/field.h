/*
 * field.h: the fields of the POST endpoints' parameter (param.h), as rows: who scans, binds or
 * describes a body reads their names here.
 */
#ifndef LOOPLAG_JSON_FIELD_H
#define LOOPLAG_JSON_FIELD_H

#include <stdbool.h>
#include <stddef.h>

enum field_kind {
    FIELD_STRING,   /**< any text */
    FIELD_INTEGERS, /**< an object whose values are 64-bit integers */
    FIELD_TIME,     /**< RFC 3339 text with a time zone, or null */
};

enum field_index { FIELD_NAME, FIELD_DATA, FIELD_TIMESTAMP, FIELDS };

struct field {
    const char *name; /**< its key */
    size_t length;    /**< of the key */
    bool required;
    enum field_kind kind;
    const char *summary; /**< what it is for, for people */
};

/** In the order in which violations are told. */
extern const struct field fields[FIELDS];

#endif
