/*
 * fuzz_bind.c: one body, both ways of the endpoints: /ping and /pong bind jansson's document in its
 * arena, within limits of memory, /stream scans. They must agree. Of members that share a key
 * jansson keeps the last, while the scanner judges all.
 */
#include "base/error.h"
#include "fuzz.h"
#include "json/bind.h"
#include "json/scan.h"

#include <jansson.h>
#include <string.h>

enum { MAX_NAME = 64 };

/* In a document of its own: the sanitizer's allocations would take longer. */
static bool has_duplicates(const char *bytes, size_t size)
{
    static struct bind_document document;
    struct bind_source none = {.wait = NULL};
    const struct bind_limits limits = {.document = SIZE_MAX, .name = SIZE_MAX};
    bind_begin(&document, &limits);
    bind_enter(&document, &none);
    const bool unique = json_loadb(bytes, size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    bind_enter(NULL, NULL);
    bind_document_deinit(&document);
    return !unique;
}

static bool is_same(const struct param_summary *a, const struct param_summary *b)
{
    return a->name_length == b->name_length && !memcmp(a->name, b->name, a->name_length) &&
           a->count == b->count && a->maxval == b->maxval && a->has_timestamp == b->has_timestamp &&
           (!a->has_timestamp || a->timestamp_ns == b->timestamp_ns);
}

static void compare(const char *bytes, size_t size, int bound, const struct bind_param *param)
{
    CLEANUP(scan_deinit)
    struct scan scan;
    struct param_summary summary = {0};
    struct violations violations;
    scan_init(&scan, MAX_NAME);
    scan_feed(&scan, bytes, size);
    const int scanned = scan_finish(&scan, &summary, &violations);
    fuzz_demand(scanned >= 0, "the scan fails");
    if (bound == BIND_REFUSED)
        fuzz_demand(scanned == SCAN_VIOLATION, "the scan takes what the binding refuses");
    else if (!has_duplicates(bytes, size))
        fuzz_demand(scanned == 0 && is_same(&param->summary, &summary),
                    "the binding takes something else than the scan");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready)
        bind_setup();
    ready = true;

    static struct bind_document document;
    struct bind_param param = {0};
    const uint32_t draw = fuzz_draw(data, size);
    const struct bind_limits limits = {
        .document = draw % 4 ? SIZE_MAX : (size_t)draw % (256U << 10),
        .name = MAX_NAME,
    };
    const char *bytes = (const char *)data;
    int r = bind_parse(&document, bytes, size, &limits);
    fuzz_demand(r == 0 || r == BIND_REFUSED || (r == BIND_TOO_LARGE && limits.document < SIZE_MAX),
                "the parse says what it can't");
    if (r == 0)
        r = bind_param(&document, &param, NULL);
    fuzz_demand(r >= 0, "the binding fails");
    if (r == 0 || r == BIND_REFUSED)
        compare(bytes, size, r, &param);
    bind_document_deinit(&document);
    return 0;
}
