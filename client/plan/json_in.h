/*
 * json_in.h: a JSON document, read member by member. What is missing, of
 * another type or out of range is told with the whole path to it, as in
 * "cells[3].windows[1].planned is missing".
 *
 * The first fault stays. From then on every member reads as 0, "" or empty, so
 * that a document is read without looking, and the fault is looked at once, at
 * the end.
 */
#ifndef LOOPLAG_CLIENT_JSON_IN_H
#define LOOPLAG_CLIENT_JSON_IN_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_FAULT_SIZE = 256 };

/** The document is not what was expected: one line says where and why. */
#define JSON_IN_INVALID 1

struct json_fault {
    int error; /**< 0, JSON_IN_INVALID with a text, or a negative errno without */
    char text[JSON_FAULT_SIZE];
};

/** Reads a file. Returns the document, or NULL and a fault that begins with no path. */
json_t *json_in_load(const char *path, struct json_fault *fault);

/**
 * An object or array, and where it stands. The document itself has no parent. Refers to its
 * parents, which outlive it.
 */
struct json_in {
    json_t *json; /**< borrowed; NULL where there is none, whose members are not to be read */
    struct json_fault *fault;
    const struct json_in *parent; /**< NULL for the document itself */
    const char *key;              /**< in the parent; NULL when that is an array */
    size_t index;                 /**< in an array */
};

/** The longest time that is read: 256 of them (the most files of a report) fit in an int64_t. */
#define JSON_IN_TIME_MOST (INT64_C(366) * 86400 * 1000000000)

/** Whether a member is there, null or not: for those that earlier versions did not write. */
bool json_in_has(const struct json_in *in, const char *key);

/** An object; the other one may be null, and its `json` is NULL then. */
struct json_in json_in_object(const struct json_in *in, const char *key);
struct json_in json_in_object_or_null(const struct json_in *in, const char *key);

/** An array, and the objects in it. */
struct json_in json_in_array(const struct json_in *in, const char *key);
size_t json_in_length(const struct json_in *array);
struct json_in json_in_element(const struct json_in *array, size_t index);

/** A whole number within both bounds. */
int64_t json_in_integer(const struct json_in *in, const char *key, int64_t least, int64_t most);

/** A count: 0 to 2^53, which every reader of JSON tells apart. */
uint64_t json_in_count(const struct json_in *in, const char *key);

/** A number, 0 to 1e15. */
double json_in_number(const struct json_in *in, const char *key);

/** A number of units of `unit_ns`, as ns: 0 to JSON_IN_TIME_MOST. */
int64_t json_in_time(const struct json_in *in, const char *key, int64_t unit_ns);

/** As json_in_time, from `least` to `most` ns. */
int64_t json_in_time_between(const struct json_in *in, const char *key, int64_t unit_ns,
                             int64_t least, int64_t most);

bool json_in_flag(const struct json_in *in, const char *key);

/** A text that the document keeps, never NULL. */
const char *json_in_text(const struct json_in *in, const char *key);

/** Copies a text, which must fit. It may be shown on a terminal: control characters become "?". */
void json_in_copy(const struct json_in *in, const char *key, char *out, size_t size);

/** Null, and nothing else. */
void json_in_null(const struct json_in *in, const char *key);

/** Whether a member is there and null. */
bool json_in_is_null(const struct json_in *in, const char *key);

/**
 * Sets the fault, unless there is one: the path of `key`, or of the object
 * itself when that is NULL, and what is wrong, which begins with " " or ": ".
 */
void json_in_refuse(const struct json_in *in, const char *key, const char *format, ...)
    PRINTF_LIKE(3, 4);

/** Sets a negative errno, unless there is a fault. 0 is no fault. */
void json_in_fail(const struct json_in *in, int error);

#endif
