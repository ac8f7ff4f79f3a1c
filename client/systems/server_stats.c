/* server_stats.c: see server_stats.h. */
#include "systems/server_stats.h"

#include "base/error.h"
#include "plan/printable.h"

#include <curl/curl.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define REPLY_MOST ((size_t)4 << 20)
#define TIMEOUT_MS 2000L

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct buffer *reply = context;
    size_t length = size * count;
    bool fits = reply->length + length <= REPLY_MOST;
    return fits && buffer_append(reply, bytes, length) == 0 ? length : 0;
}

static void easy_deinit(CURL **easy)
{
    curl_easy_cleanup(*easy);
}

static void list_deinit(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

long server_stats_page(const struct target *target, const char *path, const char *const *headers,
                       struct buffer *reply)
{
    CLEANUP(easy_deinit)
    CURL *easy = curl_easy_init();
    CLEANUP(list_deinit)
    struct curl_slist *connect_to = NULL;
    CLEANUP(list_deinit)
    struct curl_slist *lines = NULL;
    CLEANUP(buffer_deinit)
    struct buffer url = {0};
    long status = 0;
    if (!easy || target_setup(target, easy, &connect_to))
        return -ENOMEM;
    for (; headers && *headers; headers++) {
        struct curl_slist *grown = curl_slist_append(lines, *headers);
        if (!grown)
            return -ENOMEM;
        lines = grown;
    }
    target_append_url(target, path, &url);
    buffer_append(&url, "", 1);
    if (url.error)
        return -ENOMEM;
    curl_easy_setopt(easy, CURLOPT_URL, url.data);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, reply);
    if (curl_easy_perform(easy) != CURLE_OK)
        return 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

struct figures server_stats_read_figures(const struct json_in *in, const char *key)
{
    struct json_in object = json_in_object(in, key);
    bool none = json_in_is_null(&object, "min") && json_in_is_null(&object, "max");
    struct figures figures = {.count = !none};
    const struct {
        const char *key;
        double *value;
    } rows[] = {{"min", &figures.min}, {"p50", &figures.p50}, {"mean", &figures.mean},
                {"p90", &figures.p90}, {"p95", &figures.p95}, {"p99", &figures.p99},
                {"max", &figures.max}};
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        if (none)
            json_in_null(&object, rows[i].key);
        else
            *rows[i].value = json_in_number(&object, rows[i].key);
    }
    if (figures.min > figures.max)
        json_in_refuse(&object, "min", ": %g is above max", figures.min);
    return figures;
}

void server_stats_read_workers(const struct json_in *in, struct server_stats *stats)
{
    stats->worker_count = 0;
    if (!json_in_has(in, "workers"))
        return;
    struct json_in workers = json_in_array(in, "workers");
    for (size_t i = 0; i < json_in_length(&workers) && i < SERVER_WORKERS_MOST; i++) {
        struct json_in worker = json_in_element(&workers, i);
        stats->workers[i].connections = json_in_count(&worker, "connections");
        stats->workers[i].requests = json_in_count(&worker, "requests");
        stats->worker_count = i + 1;
    }
}

int server_holds_init(struct server_holds *holds)
{
    *holds = (struct server_holds){.loop = {0}};
    int r = histogram_init_latency(&holds->loop);
    return r ? r : histogram_init_latency(&holds->large);
}

void server_holds_deinit(struct server_holds *holds)
{
    histogram_deinit(&holds->loop);
    histogram_deinit(&holds->large);
}

/* Earlier servers do not tell them. */
static void read_holds(const struct json_in *root, const char *key, struct histogram *holds)
{
    const json_t *counts = json_object_get(root->json, key);
    for (size_t i = 0; i < json_array_size(counts); i++) {
        const json_t *pair = json_array_get(counts, i);
        json_int_t ns = json_integer_value(json_array_get(pair, 0));
        json_int_t count = json_integer_value(json_array_get(pair, 1));
        if (ns >= 0 && count > 0 && (uint64_t)count <= UINT64_MAX - holds->total)
            histogram_record_n(holds, ns, (uint64_t)count);
    }
}

int server_stats_parse(const char *text, size_t length, struct server_stats *stats,
                       struct server_holds *holds)
{
    struct json_fault fault = {0};
    memset(stats, 0, sizeof *stats);
    json_auto_t *document = json_loadb(text ? text : "", length, 0, NULL);
    if (!document)
        return SERVER_STATS_FOREIGN;
    const struct json_in root = {.json = document, .fault = &fault};
    struct json_in process = json_in_object(&root, "process");
    struct json_in hold = json_in_object(&root, "loop_hold_ms");
    json_in_copy(&root, "mode", stats->mode, sizeof stats->mode);
    if (json_in_has(&root, "version"))
        json_in_copy(&root, "version", stats->version, sizeof stats->version);
    printable_make(stats->mode);
    printable_make(stats->version);
    stats->loop_hold = server_stats_read_figures(&root, "loop_hold_ms");
    stats->loop_hold.count = json_in_count(&hold, "count");
    stats->rss_peak_bytes = json_in_count(&process, "rss_peak_bytes");
    stats->cpu_seconds = json_in_number(&process, "cpu_seconds");
    server_stats_read_workers(&root, stats);
    system_traits_read(&root, &stats->traits);
    if (fault.error)
        memset(stats, 0, sizeof *stats);
    if (fault.error)
        return SERVER_STATS_FOREIGN;
    if (holds) {
        read_holds(&root, "loop_hold_counts", &holds->loop);
        read_holds(&root, "large_hold_counts", &holds->large);
    }
    return 0;
}

void server_stats_forget(struct server_stats *stats, struct server_holds *holds,
                         const struct server_holds *before)
{
    double most = stats->loop_hold.max;
    if (before->large.total)
        histogram_subtract(&holds->large, &before->large);
    if (before->loop.total == 0 || histogram_subtract(&holds->loop, &before->loop))
        return;
    stats->loop_hold = figures_of(&holds->loop);
    stats->loop_hold.max = fmin(stats->loop_hold.max, most);
}

int server_stats_fetch(const struct target *target, const char *const *headers,
                       struct server_stats *stats, struct server_holds *holds)
{
    CLEANUP(buffer_deinit)
    struct buffer reply = {0};
    memset(stats, 0, sizeof *stats);
    long status = server_stats_page(target, "/stats", headers, &reply);
    if (status < 0)
        return (int)status;
    return status == 200 ? server_stats_parse(reply.data, reply.length, stats, holds)
                         : SERVER_STATS_FOREIGN;
}

bool server_is_ready(const char *base_url, const char *path)
{
    CLEANUP(buffer_deinit)
    struct buffer reply = {0};
    const struct target target = target_plain(base_url);
    long status = server_stats_page(&target, path ? path : "/", NULL, &reply);
    return path ? status / 100 == 2 : status > 0;
}
