/*
 * class_keys.h: how a class is written: NAME:key=value,key=value on the command
 * line, an object with the same keys in a plan. A key is a row of a const table.
 */
#ifndef LOOPLAG_CLIENT_CLASS_KEYS_H
#define LOOPLAG_CLIENT_CLASS_KEYS_H

#include "plan/class.h"

/** The longest description of a class. */
enum { CLASS_TEXT_SIZE = 8192 };

/**
 * Parses "NAME:key=value,..."; a comma in a value is written "\,". Returns 0, or
 * CLASS_INVALID with one line that says what is wrong and what to write instead.
 */
int class_parse(const char *text, struct traffic_class *class, char error[CLASS_ERROR_SIZE]);

/** Sets one key. Returns NULL, or what is expected instead of the value: static text. */
const char *class_set(struct traffic_class *class, const char *key, const char *value);

/** The keys one by one; NULL behind the last. */
const char *class_key_at(size_t index);

/**
 * Writes a key's value as it would be typed. Returns false where there is none, or
 * class_next_header tells it.
 */
bool class_get(const struct traffic_class *class, const char *key, char out[CLASS_PATH_SIZE]);

/**
 * Sets one key that was not told before: `told`, 0 before the first, knows which were. Returns 0,
 * or CLASS_INVALID with one line in `error`.
 */
int class_tell(struct traffic_class *class, const char *key, const char *value, unsigned *told,
               char error[CLASS_ERROR_SIZE]);

#endif
