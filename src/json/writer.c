/* writer.c: see writer.h. */
#include "json/writer.h"

#include "base/units.h"

#include <string.h>

void writer_init(struct writer *writer, struct buffer *out)
{
    *writer = (struct writer){.out = out};
}

static inline void put(struct writer *writer, const char *bytes, size_t length)
{
    buffer_append(writer->out, bytes, length);
}

/* Opens a value: the comma before it, where one is due. */
static void open_value(struct writer *writer)
{
    if (writer->comma)
        put(writer, ",", 1);
    writer->comma = true;
}

static void begin(struct writer *writer, const char *bracket)
{
    open_value(writer);
    put(writer, bracket, 1);
    writer->comma = false;
}

static void end(struct writer *writer, const char *bracket)
{
    put(writer, bracket, 1);
    writer->comma = true;
}

void writer_begin_object(struct writer *writer)
{
    begin(writer, "{");
}

void writer_end_object(struct writer *writer)
{
    end(writer, "}");
}

void writer_begin_array(struct writer *writer)
{
    begin(writer, "[");
}

void writer_end_array(struct writer *writer)
{
    end(writer, "]");
}

void writer_key(struct writer *writer, const char *key)
{
    open_value(writer);
    put(writer, "\"", 1);
    put(writer, key, strlen(key));
    put(writer, "\":", 2);
    writer->comma = false;
}

static void put_escape(struct writer *writer, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    char escape[] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    if (byte == '"' || byte == '\\') {
        escape[1] = (char)byte;
        put(writer, escape, 2);
    } else {
        put(writer, escape, sizeof escape);
    }
}

void writer_string(struct writer *writer, const char *text, size_t length)
{
    open_value(writer);
    put(writer, "\"", 1);
    size_t plain = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        put(writer, text + plain, i - plain);
        put_escape(writer, byte);
        plain = i + 1;
    }
    put(writer, text + plain, length - plain);
    put(writer, "\"", 1);
}

void writer_text(struct writer *writer, const char *text)
{
    writer_string(writer, text, strlen(text));
}

void writer_integer(struct writer *writer, int64_t value)
{
    char text[UNITS_INTEGER_SIZE];
    size_t length = units_format_integer(value, text);
    open_value(writer);
    put(writer, text, length);
}

void writer_ms(struct writer *writer, int64_t ns)
{
    char text[UNITS_MS_SIZE];
    size_t length = units_format_ms(ns, text);
    open_value(writer);
    put(writer, text, length);
}

void writer_raw(struct writer *writer, const char *json)
{
    open_value(writer);
    put(writer, json, strlen(json));
}

void writer_member_object(struct writer *writer, const char *key)
{
    writer_key(writer, key);
    writer_begin_object(writer);
}

void writer_member_text(struct writer *writer, const char *key, const char *text)
{
    writer_key(writer, key);
    writer_text(writer, text);
}

void writer_member_integer(struct writer *writer, const char *key, int64_t value)
{
    writer_key(writer, key);
    writer_integer(writer, value);
}

void writer_member_ms(struct writer *writer, const char *key, int64_t ns)
{
    writer_key(writer, key);
    writer_ms(writer, ns);
}
