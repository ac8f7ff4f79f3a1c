/*
 * scan_bench.c: the scanner against jansson on one large body, in this run and
 * on this machine: the body of 1,250,000 members that the comparison sends, in
 * pieces of 16 kB as libmicrohttpd hands them over.
 */
#include "base/buffer.h"
#include "base/clock.h"
#include "json/census.h"
#include "json/scan.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { MEMBERS = 1250000, PIECE = 16 << 10, SCANS = 25, PARSES = 3 };

static int make_body(struct buffer *body)
{
    uint64_t seed = 1;
    int error = buffer_append_text(body, "{\"name\": \"bench\", \"data\": {");
    for (int i = 0; i < MEMBERS && !error; i++) {
        char key[11] = {0};
        for (int j = 0; j < 10; j++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
            unsigned letter = (unsigned)(seed >> 33) % 52;
            key[j] = (char)(letter < 26 ? 'a' + letter : 'A' + letter - 26);
        }
        error = buffer_append_format(body, "%s\"%s\": %" PRIu64, i ? ", " : "", key,
                                     1 + (seed >> 33) % 1000000);
    }
    return error ? error : buffer_append_text(body, "}}");
}

static int scan_body(const struct buffer *body, size_t *count)
{
    struct scan scan;
    struct param_summary summary;
    struct violations violations;
    scan_init(&scan, SIZE_MAX);
    for (size_t at = 0; at < body->length; at += PIECE) {
        size_t rest = body->length - at;
        scan_feed(&scan, body->data + at, rest < PIECE ? rest : PIECE);
    }
    int code = scan_finish(&scan, &summary, &violations);
    *count = code ? 0 : summary.count;
    scan_deinit(&scan);
    return code;
}

static int parse_body(const struct buffer *body, size_t *count)
{
    json_t *root = json_loadb(body->data, body->length, 0, NULL);
    *count = json_object_size(json_object_get(root, "data"));
    json_decref(root);
    return root ? 0 : -EINVAL;
}

static int count_body(const struct buffer *body, size_t *count)
{
    struct census census;
    census_init(&census);
    census_add(&census, body->data, body->length);
    *count = census_end(&census).members;
    return 0;
}

static int compare_times(const void *a, const void *b)
{
    const int64_t *left = a;
    const int64_t *right = b;
    return (*left > *right) - (*left < *right);
}

static int measure(const char *what, int (*run)(const struct buffer *, size_t *), int runs,
                   const struct buffer *body)
{
    int64_t times[SCANS];
    size_t count = 0;
    for (int i = 0; i < runs; i++) {
        int64_t began = clock_now_ns();
        int error = run(body, &count);
        times[i] = clock_now_ns() - began;
        if (error)
            return error;
    }
    qsort(times, (size_t)runs, sizeof(times[0]), compare_times);
    int64_t middle = times[runs / 2];
    printf("%-8s %9.2f ms median %9.2f ms best %7.3f GB/s  %zu members\n", what,
           (double)middle / NS_PER_MS, (double)times[0] / NS_PER_MS,
           (double)body->length / (double)middle, count);
    return 0;
}

int main(void)
{
    CLEANUP(buffer_deinit)
    struct buffer body = {0};
    if (make_body(&body))
        return EXIT_FAILURE;
    printf("%zu bytes\n", body.length);
    int error = measure("scan", scan_body, SCANS, &body);
    error = error ? error : measure("census", count_body, SCANS, &body);
    return error || measure("jansson", parse_body, PARSES, &body) ? EXIT_FAILURE : EXIT_SUCCESS;
}
