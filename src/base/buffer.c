/* buffer.c: see buffer.h. */
#include "base/buffer.h"

#include "base/pages.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_deinit(struct buffer *buffer)
{
    if (!buffer)
        return;
    if (buffer->mapped)
        pages_unmap(buffer->data, buffer->capacity);
    else
        free(buffer->data);
    *buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer, size_t keep)
{
    buffer->length = 0;
    buffer->error = 0;
    if (buffer->capacity > keep)
        buffer_deinit(buffer);
}

static int move_to_pages(struct buffer *buffer, size_t capacity)
{
    char *data = pages_map(capacity);
    if (!data)
        return -ENOMEM;
    if (buffer->length)
        memcpy(data, buffer->data, buffer->length);
    free(buffer->data);
    buffer->data = data;
    buffer->mapped = true;
    return 0;
}

static int resize(struct buffer *buffer, size_t capacity)
{
    if (capacity > SIZE_MAX / 2)
        return -ENOMEM;
    if (capacity >= PAGES_OWN_MIN)
        capacity = pages_round(capacity);
    if (buffer->mapped) {
        char *data = pages_grow(buffer->data, buffer->capacity, capacity);
        if (!data)
            return -ENOMEM;
        buffer->data = data;
    } else if (capacity >= PAGES_OWN_MIN) {
        int error = move_to_pages(buffer, capacity);
        if (error)
            return error;
    } else {
        char *data = realloc(buffer->data, capacity);
        if (!data)
            return -ENOMEM;
        buffer->data = data;
    }
    buffer->capacity = capacity;
    return 0;
}

int buffer_reserve(struct buffer *buffer, size_t capacity)
{
    return capacity <= buffer->capacity ? 0 : resize(buffer, capacity);
}

int buffer_append_slow(struct buffer *buffer, const void *bytes, size_t length)
{
    size_t needed = buffer->length + length;
    size_t doubled = buffer->capacity * 2;
    int error = -ENOMEM;
    if (length <= SIZE_MAX / 4)
        error = resize(buffer, needed > doubled ? needed : doubled);
    if (error)
        return buffer->error = error;
    return buffer_append(buffer, bytes, length);
}

int buffer_append_text(struct buffer *buffer, const char *text)
{
    return buffer_append(buffer, text, strlen(text));
}

int buffer_append_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return buffer->error = -ENOMEM;
    int error = buffer_append(buffer, text, (size_t)length);
    free(text);
    return error;
}
