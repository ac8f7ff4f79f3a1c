/* server_stats.c: see server_stats.h. */
#include "systems/server_stats.h"

#include "base/buffer.h"
#include "base/error.h"
#include "send/target.h"

#include <curl/curl.h>
#include <jansson.h>
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

/* GETs a page into `reply`. Returns its HTTP status, 0 when there was none, or -ENOMEM. */
static long get(const char *base_url, const char *path, const char *connect_to,
                const char *const *headers, struct buffer *reply)
{
    CLEANUP(easy_deinit)
    CURL *easy = curl_easy_init();
    CLEANUP(list_deinit)
    struct curl_slist *peers = curl_slist_append(NULL, connect_to);
    CLEANUP(list_deinit)
    struct curl_slist *lines = NULL;
    char url[URL_SIZE * 2];
    long status = 0;
    if (!easy || !peers)
        return -ENOMEM;
    for (; headers && *headers; headers++) {
        struct curl_slist *grown = curl_slist_append(lines, *headers);
        if (!grown)
            return -ENOMEM;
        lines = grown;
    }
    snprintf(url, sizeof url, "%s%s", base_url, path);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, peers);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, reply);
    if (curl_easy_perform(easy) != CURLE_OK)
        return 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static double number_at(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void json_free(json_t **json)
{
    json_decref(*json);
}

struct figures server_stats_read_figures(const json_t *object)
{
    const json_t *count = json_object_get(object, "count");
    bool some = json_is_number(json_object_get(object, "max"));
    return (struct figures){
        .count = count ? (uint64_t)json_integer_value(count) : some,
        .min = number_at(object, "min"),
        .p50 = number_at(object, "p50"),
        .mean = number_at(object, "mean"),
        .p90 = number_at(object, "p90"),
        .p95 = number_at(object, "p95"),
        .p99 = number_at(object, "p99"),
        .max = number_at(object, "max"),
    };
}

void server_stats_read_workers(const json_t *array, struct server_stats *stats)
{
    size_t i;
    const json_t *worker;
    stats->worker_count = 0;
    json_array_foreach(array, i, worker)
    {
        if (i == SERVER_WORKERS_MOST)
            return;
        stats->workers[i] = (struct server_worker){
            .connections = (uint64_t)json_integer_value(json_object_get(worker, "connections")),
            .requests = (uint64_t)json_integer_value(json_object_get(worker, "requests")),
        };
        stats->worker_count = i + 1;
    }
}

int server_stats_parse(const char *text, size_t length, struct server_stats *stats)
{
    memset(stats, 0, sizeof *stats);
    CLEANUP(json_free)
    json_t *root = json_loadb(text ? text : "", length, 0, NULL);
    const char *mode = json_string_value(json_object_get(root, "mode"));
    const json_t *hold = json_object_get(root, "loop_hold_ms");
    const json_t *process = json_object_get(root, "process");
    if (!mode || strlen(mode) >= SERVER_MODE_SIZE || !json_is_object(hold))
        return SERVER_STATS_FOREIGN;
    memcpy(stats->mode, mode, strlen(mode) + 1);
    stats->loop_hold = server_stats_read_figures(hold);
    stats->rss_peak_bytes =
        (uint64_t)json_integer_value(json_object_get(process, "rss_peak_bytes"));
    stats->cpu_seconds = number_at(process, "cpu_seconds");
    server_stats_read_workers(json_object_get(root, "workers"), stats);
    system_traits_read(root, &stats->traits);
    return 0;
}

int server_stats_fetch(const char *base_url, const char *connect_to, const char *const *headers,
                       struct server_stats *stats)
{
    CLEANUP(buffer_deinit)
    struct buffer reply = {0};
    memset(stats, 0, sizeof *stats);
    long status = get(base_url, "/stats", connect_to, headers, &reply);
    if (status < 0)
        return (int)status;
    return status == 200 ? server_stats_parse(reply.data, reply.length, stats)
                         : SERVER_STATS_FOREIGN;
}

bool server_is_ready(const char *base_url, const char *path)
{
    CLEANUP(buffer_deinit)
    struct buffer reply = {0};
    return get(base_url, path, "", NULL, &reply) == 200;
}
