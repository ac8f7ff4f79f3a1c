/* document_check.c: see document_check.h. */
#include "document_check.h"

#include "base/error.h"
#include "exact.h"
#include "json/document.h"
#include "json/scan.h"

#include <string.h>

/* As endpoint/await.c does. */
static int feed(struct scan *scan, struct document *document, const char *bytes, size_t length)
{
    document_foresee(document, bytes, length);
    int r = scan_feed(scan, bytes, length);
    if (r == SCAN_VIOLATION || scan_has_oversize(scan))
        document_let_go(document);
    return r < 0 ? r : document_feed(document, bytes, length);
}

static bool same_members(const struct bind_param *a, const struct bind_param *b)
{
    for (size_t i = 0; i < a->summary.count; i++) {
        if (a->members[i].value != b->members[i].value ||
            strcmp(a->members[i].key, b->members[i].key) != 0)
            return false;
    }
    return true;
}

static bool same_param(const struct bind_param *a, const struct bind_param *b)
{
    const struct param_summary *x = &a->summary;
    const struct param_summary *y = &b->summary;
    return x->name_length == y->name_length && !memcmp(x->name, y->name, x->name_length) &&
           x->count == y->count && x->maxval == y->maxval && x->has_timestamp == y->has_timestamp &&
           x->timestamp_ns == y->timestamp_ns && same_members(a, b);
}

static const char *compare(const struct document *document, int result,
                           const struct bind_document *whole, int expected,
                           const struct bind_param *param)
{
    if (result != expected)
        return "another verdict than of the whole";
    if (result == BIND_TOO_LARGE && document->bound != whole->bound)
        return "another bound than of the whole";
    if (result == 0 && !same_param(param, &document->param))
        return "another parameter than of the whole";
    return NULL;
}

const char *document_check_split(const char *bytes, size_t length, size_t first, size_t piece,
                                 size_t most_memory)
{
    static struct bind_document whole; /* it is large */
    CLEANUP(document_deinit)
    struct document document;
    CLEANUP(scan_deinit)
    struct scan scan;
    static struct exact exact;
    struct bind_param param;
    const size_t longest = first > piece ? first : piece;
    const struct bind_limits limits = {.document = most_memory, .name = SIZE_MAX};
    int expected = bind_parse(&whole, bytes, length, &limits);
    if (!expected)
        expected = bind_param(&whole, &param, NULL);
    document_init(&document, &limits);
    scan_init(&scan, SIZE_MAX);
    exact_reserve(&exact, longest < length ? longest : length);
    for (size_t at = 0, size = first; at < length; at += size, size = piece) {
        if (size > length - at)
            size = length - at;
        const int r = feed(&scan, &document, exact_begin(&exact, bytes + at, size), size);
        exact_end(&exact, size);
        if (r)
            return "a piece failed";
    }
    int result = DOCUMENT_AGAIN;
    while (result == DOCUMENT_AGAIN)
        result = document_finish(&document);
    const char *fault = compare(&document, result, &whole, expected, &param);
    bind_document_deinit(&whole);
    return fault;
}
