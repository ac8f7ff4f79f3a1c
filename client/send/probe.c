/* probe.c: see probe.h. */
#include "send/probe.h"

#include "base/clock.h"
#include "base/error.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct probe {
    struct probe_result result;
    const struct target *target;
    CURL *easy;
    struct curl_slist *connect_to;
    pthread_t thread;
    int64_t started_ns; /* the thread's until it has been joined */
    pthread_mutex_t lock;
    pthread_cond_t wake; /* on CLOCK_MONOTONIC */
    bool stopped;        /* under the lock */
};

void probe_count(struct probe_result *result, bool good, int64_t took_ns, int64_t now_ns)
{
    result->sent++;
    result->slowest_ns = took_ns > result->slowest_ns ? took_ns : result->slowest_ns;
    if (good) {
        result->streak = 0;
        return;
    }
    result->failed++;
    result->streak++;
    result->longest = result->streak > result->longest ? result->streak : result->longest;
    if (!result->restart && result->streak >= result->plan.failures) {
        result->restart = true;
        result->restarted_ns = now_ns;
    }
}

void probe_add(struct probe_result *into, const struct probe_result *later)
{
    into->plan = later->plan;
    into->sent += later->sent;
    into->failed += later->failed;
    into->longest = later->longest > into->longest ? later->longest : into->longest;
    into->slowest_ns = later->slowest_ns > into->slowest_ns ? later->slowest_ns : into->slowest_ns;
    if (later->restart && !into->restart) {
        into->restart = true;
        into->restarted_ns = into->lasted_ns + later->restarted_ns;
    }
    into->lasted_ns += later->lasted_ns;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    (void)context;
    return size * count;
}

static bool is_stopped(struct probe *probe)
{
    pthread_mutex_lock(&probe->lock);
    bool stopped = probe->stopped;
    pthread_mutex_unlock(&probe->lock);
    return stopped;
}

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return is_stopped(context);
}

/* Sleeps until `until_ns`. Returns false when the probe was stopped. */
static bool sleep_until(struct probe *probe, int64_t until_ns)
{
    struct timespec until = {.tv_sec = until_ns / NS_PER_S, .tv_nsec = until_ns % NS_PER_S};
    pthread_mutex_lock(&probe->lock);
    int code = 0;
    while (!probe->stopped && code == 0)
        code = pthread_cond_timedwait(&probe->wake, &probe->lock, &until);
    bool stopped = probe->stopped;
    pthread_mutex_unlock(&probe->lock);
    return !stopped;
}

static void *probe_main(void *argument)
{
    struct probe *probe = argument;
    int64_t start = clock_now_ns();
    int64_t next = start;
    probe->started_ns = start;
    while (sleep_until(probe, next)) {
        long status = 0;
        int64_t sent = clock_now_ns();
        CURLcode code = curl_easy_perform(probe->easy);
        int64_t now = clock_now_ns();
        curl_easy_getinfo(probe->easy, CURLINFO_RESPONSE_CODE, &status);
        if (code == CURLE_ABORTED_BY_CALLBACK)
            break;
        bool good = code == CURLE_OK && status >= 200 && status < 400;
        probe_count(&probe->result, good, now - sent, now - start);
        next += probe->result.plan.period_ns;
        next = next < now ? now : next;
    }
    return NULL;
}

static int set_request(struct probe *probe)
{
    char url[URL_SIZE + PROBE_PATH_SIZE];
    const struct probe_plan *plan = &probe->result.plan;
    probe->easy = curl_easy_init();
    probe->connect_to = curl_slist_append(NULL, probe->target->connect_to);
    if (!probe->easy || !probe->connect_to)
        return -ENOMEM;
    snprintf(url, sizeof url, "%s%s", probe->target->base_url, plan->path);
    curl_easy_setopt(probe->easy, CURLOPT_CONNECT_TO, probe->connect_to);
    curl_easy_setopt(probe->easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(probe->easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(probe->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(probe->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(probe->easy, CURLOPT_TIMEOUT_MS, (long)(plan->timeout_ns / NS_PER_MS));
    curl_easy_setopt(probe->easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(probe->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(probe->easy, CURLOPT_XFERINFODATA, probe);
    curl_easy_setopt(probe->easy, CURLOPT_WRITEFUNCTION, on_body);
    return curl_easy_setopt(probe->easy, CURLOPT_URL, url) == CURLE_OK ? 0 : -ENOMEM;
}

static void probe_free(struct probe *probe)
{
    curl_easy_cleanup(probe->easy);
    curl_slist_free_all(probe->connect_to);
    pthread_cond_destroy(&probe->wake);
    pthread_mutex_destroy(&probe->lock);
    free(probe);
}

int probe_start(struct probe **out, const struct probe_plan *plan, const struct target *target)
{
    *out = NULL;
    struct probe *probe = calloc(1, sizeof *probe);
    if (!probe)
        return -ENOMEM;
    probe->result.plan = *plan;
    probe->target = target;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&probe->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&probe->lock, NULL);
    int r = set_request(probe);
    if (r == 0)
        r = -pthread_create(&probe->thread, NULL, probe_main, probe);
    if (r)
        probe_free(probe);
    else
        *out = probe;
    return r;
}

void probe_finish(struct probe *probe, struct probe_result *result)
{
    if (!probe)
        return;
    pthread_mutex_lock(&probe->lock);
    probe->stopped = true;
    pthread_cond_signal(&probe->wake);
    pthread_mutex_unlock(&probe->lock);
    pthread_join(probe->thread, NULL);
    probe->result.lasted_ns = clock_now_ns() - probe->started_ns;
    *result = probe->result;
    probe_free(probe);
}
