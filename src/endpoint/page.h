/*
 * page.h: what is made of the files in src/pages when the server is built: pages, each one text
 * with its style and script in it, and what goes with them.
 */
#ifndef LOOPLAG_ENDPOINT_PAGE_H
#define LOOPLAG_ENDPOINT_PAGE_H

#include "endpoint/endpoint.h"

#include <stddef.h>

enum { PAGE_HEADERS_MOST = 8 };

struct page {
    const unsigned char *text; /**< HTML in UTF-8 */
    size_t length;
    struct endpoint_header headers[PAGE_HEADERS_MOST]; /**< ends with a row without a name */
};

extern const struct page page_live;
extern const struct page page_docs;

/** JSON texts: the schemas and the headers of /openapi.json, which no table tells. */
extern const char page_schemas[];
extern const char page_headers[];

#endif
