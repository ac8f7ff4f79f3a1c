/* page.c: see page.h. */
#include "report/page.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { REAL_DIGITS = 9 };

static void append_piece(enum page_piece piece, struct buffer *out)
{
    buffer_append(out, page_pieces[piece], page_piece_lengths[piece]);
}

/* Text between tags. */
static void append_text(const char *text, size_t length, struct buffer *out)
{
    for (size_t i = 0; i < length; i++) {
        switch (text[i]) {
        case '<':
            buffer_append_text(out, "&lt;");
            break;
        case '>':
            buffer_append_text(out, "&gt;");
            break;
        case '&':
            buffer_append_text(out, "&amp;");
            break;
        default:
            buffer_append(out, text + i, 1);
        }
    }
}

static void append_answer(const struct buffer *answer, struct buffer *out)
{
    bool in_columns = false;
    for (size_t at = 0, length; at < answer->length; at += length + 1) {
        const char *line = answer->data + at;
        const char *end = memchr(line, '\n', answer->length - at);
        length = end ? (size_t)(end - line) : answer->length - at;
        const bool columns = memmem(line, length, "  ", 2);
        if (columns != in_columns)
            buffer_append_text(out, columns ? "<pre>" : "</pre>\n");
        in_columns = columns;
        if (!columns && length)
            buffer_append_text(out, "<p>");
        append_text(line, length, out);
        buffer_append_text(out, columns ? "\n" : length ? "</p>\n" : "");
    }
    if (in_columns)
        buffer_append_text(out, "</pre>\n");
}

/* JSON inside a script element, which ends at the first "</script": none of its texts holds "<". */
static void append_json(const char *json, struct buffer *out)
{
    for (const char *end; (end = strchr(json, '<')); json = end + 1) {
        buffer_append(out, json, (size_t)(end - json));
        buffer_append_text(out, "\\u003c");
    }
    buffer_append_text(out, json);
}

void page_write(json_t *document, const struct buffer *answer, struct buffer *out)
{
    char *json =
        document ? json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS)) : NULL;
    json_decref(document);
    if (!json) {
        out->error = -ENOMEM;
        return;
    }
    append_piece(PAGE_HEAD, out);
    append_answer(answer, out);
    append_piece(PAGE_MIDDLE, out);
    append_json(json, out);
    append_piece(PAGE_TAIL, out);
    free(json);
}
