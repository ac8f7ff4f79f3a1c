/* page.c: see page.h. */
#include "report/page.h"

#include "base/error.h"

#include <stdlib.h>

enum { REAL_DIGITS = 9 };

static void append_piece(enum page_piece piece, struct buffer *out)
{
    buffer_append(out, page_pieces[piece], page_piece_lengths[piece]);
}

/* Text between tags. */
static void append_text(const struct buffer *text, struct buffer *out)
{
    for (size_t i = 0; i < text->length; i++) {
        switch (text->data[i]) {
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
            buffer_append(out, text->data + i, 1);
        }
    }
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
    append_text(answer, out);
    append_piece(PAGE_MIDDLE, out);
    append_json(json, out);
    append_piece(PAGE_TAIL, out);
    free(json);
}
