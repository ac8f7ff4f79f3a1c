/*
 * buffer.h: a growing run of bytes.
 *
 * Small buffers live on the heap, large ones in mappings (see pages.h), so
 * that a 25 MB body neither moves the heap's limits nor stays behind.
 *
 * A failed append sets `error`, which stays until the buffer is cleared. So a
 * text of many pieces is written without looking, and the error is looked at
 * once, at the end: the text has a hole then and is thrown away.
 */
#ifndef LOOPLAG_BASE_BUFFER_H
#define LOOPLAG_BASE_BUFFER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/** A zeroed buffer is a valid, empty one. */
struct buffer {
    char *data; /**< NULL while the capacity is 0 */
    size_t length;
    size_t capacity;
    bool mapped;
    int error; /**< 0, or -ENOMEM since an append failed */
};

/** Frees the content and leaves an empty buffer. */
void buffer_deinit(struct buffer *buffer);

/** Leaves an empty buffer; memory of up to `keep` bytes stays with it for what comes next. */
void buffer_clear(struct buffer *buffer, size_t keep);

/** Makes room for `capacity` bytes in all. Returns 0 or -ENOMEM. */
int buffer_reserve(struct buffer *buffer, size_t capacity);

/** buffer_append where there is no room yet. */
int buffer_append_slow(struct buffer *buffer, const void *bytes, size_t length);

/**
 * Appends bytes. Returns 0 or -ENOMEM (then nothing was appended). Inline:
 * most texts are put together from pieces of a few bytes.
 */
static inline int buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
    if (length > buffer->capacity - buffer->length)
        return buffer_append_slow(buffer, bytes, length);
    if (length)
        memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    return 0;
}

/** Appends a C string. Returns 0 or -ENOMEM. */
int buffer_append_text(struct buffer *buffer, const char *text);

/** Appends formatted text. Returns 0 or -ENOMEM. */
int buffer_append_format(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
