/*
 * jansson_key_ahead.h: lets the program tell which keys come next, so that the lines of memory that
 * their insertion will touch are on their way. Hints only.
 */
#ifndef JANSSON_KEY_AHEAD_H
#define JANSSON_KEY_AHEAD_H

#include <stdint.h>

/**
 * Stores the hash of a key that will be inserted some members later and returns 1, or returns 0
 * where none is known. Called once for each insertion into an object. NULL: never. Set before any
 * thread.
 */
extern int (*jansson_key_ahead)(uint32_t *hash);

#endif
