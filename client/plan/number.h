/*
 * number.h: texts with the request's number in them: each "{n}" of an endpoint
 * or a header stands for it.
 */
#ifndef LOOPLAG_CLIENT_NUMBER_H
#define LOOPLAG_CLIENT_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/** Whether there is a number to fill in. */
bool number_is_in(const char *text);

/** The text with `n` in the place of each "{n}", to be freed. NULL without memory. */
char *number_fill_in(const char *text, uint64_t n);

#endif
