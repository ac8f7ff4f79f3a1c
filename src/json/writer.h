/*
 * writer.h: JSON text, member by member, into a buffer.
 *
 * Commas are placed by the writer. Callers look at the buffer's error once, at the
 * end.
 */
#ifndef LOOPLAG_JSON_WRITER_H
#define LOOPLAG_JSON_WRITER_H

#include "base/buffer.h"

#include <stdint.h>

/** Writes into a borrowed buffer. */
struct writer {
    struct buffer *out;
    bool comma;
};

/** Starts a text at the end of `out`. */
void writer_init(struct writer *writer, struct buffer *out);

void writer_begin_object(struct writer *writer);
void writer_end_object(struct writer *writer);
void writer_begin_array(struct writer *writer);
void writer_end_array(struct writer *writer);

/** A member's name: plain ASCII without quotes. */
void writer_key(struct writer *writer, const char *key);

/** A string of UTF-8 bytes, escaped as JSON needs. */
void writer_string(struct writer *writer, const char *text, size_t length);

/** A C string. */
void writer_text(struct writer *writer, const char *text);

void writer_integer(struct writer *writer, int64_t value);

/** A duration of ns as a number of ms with three decimals. */
void writer_ms(struct writer *writer, int64_t ns);

/** Members of an object: their name, and the value or its beginning. */
void writer_member_object(struct writer *writer, const char *key);
void writer_member_text(struct writer *writer, const char *key, const char *text);
void writer_member_integer(struct writer *writer, const char *key, int64_t value);
void writer_member_ms(struct writer *writer, const char *key, int64_t ns);

/** JSON text as it is. */
void writer_raw(struct writer *writer, const char *json);

#endif
