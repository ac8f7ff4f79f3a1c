/*
 * page.h: a page for people: one HTML file that needs nothing else, which draws
 * what a JSON document of the client holds (a result, a sweep, a diagnosis). Its
 * source is in the folder page, and is made part of the program at build time.
 */
#ifndef LOOPLAG_CLIENT_PAGE_H
#define LOOPLAG_CLIENT_PAGE_H

#include "base/buffer.h"

#include <jansson.h>
#include <stddef.h>

/**
 * Appends the page of a document, which is taken, and of the answer: the lines of the terminal,
 * not broken (WRAP_NEVER). Lines in columns, with blanks side by side, stand as they are; each of
 * the others is a paragraph. What stands in them is text, whatever it holds. NULL: memory ran out.
 */
void page_write(json_t *document, const struct buffer *answer, struct buffer *out);

/** The page as it was built: before the answer, between that and the document, after it. */
enum page_piece { PAGE_HEAD, PAGE_MIDDLE, PAGE_TAIL, PAGE_PIECES };
extern const unsigned char *const page_pieces[PAGE_PIECES];
extern const size_t page_piece_lengths[PAGE_PIECES];

#endif
