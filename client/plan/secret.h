/*
 * secret.h: what must not be written anywhere. A secret is what a name calls
 * one (Authorization, Cookie, and whatever has token, key, secret or password in
 * its name: a header, a part of a URL's query, an option of a command, a member
 * of a document), what follows Bearer or Basic, and the user and password in
 * front of a URL's host. What such places held is known from then on, and
 * masked wherever else it turns up, as in the reply of a server that repeats it.
 */
#ifndef LOOPLAG_CLIENT_SECRET_H
#define LOOPLAG_CLIENT_SECRET_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

/** Stands where a secret stood. */
#define SECRET_MASK "***"

/** Appends a text without its secrets. */
void secret_mask(const char *text, struct buffer *out);

/** Masks a text in its place, which has `size` bytes, and wipes it there; too long, it is cut. */
void secret_hide(char *text, size_t size);

/** Whether the text has something to mask. */
bool secret_is_in(const char *text);

/** Remembers the secrets of a text. Not beside other threads that mask. */
void secret_learn(const char *text);

/** Nothing is known any more. */
void secret_forget(void);

#endif
