/*
 * page.c: GET / and GET /docs: the live page, and the page of what the server answers. Both ask it
 * by themselves, for /recent and /openapi.json, and nobody else: their policy says so.
 */
#include "endpoint/page.h"

#include "endpoint/rows.h"

#define HTML "text/html; charset=utf-8"

static int page_finish(struct endpoint_call *call, struct endpoint_answer *answer)
{
    const struct page *page = call->endpoint->page;
    answer->content_type = HTML;
    answer->headers = page->headers;
    return buffer_append(&answer->body, page->text, page->length);
}

const struct endpoint endpoint_live = {
    .path = "/",
    .name = "live",
    .method = ENDPOINT_GET,
    .summary = "a page that shows what one large request does to many small ones",
    .content_type = HTML,
    .page = &page_live,
    .finish = page_finish,
};

const struct endpoint endpoint_docs = {
    .path = "/docs",
    .method = ENDPOINT_GET,
    .summary = "this description as a page, to try it",
    .content_type = HTML,
    .page = &page_docs,
    .finish = page_finish,
};
