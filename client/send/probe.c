/* probe.c: see probe.h. */
#include "send/probe.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/timer.h"
#include "plan/secret.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct probe {
    struct probe_result result;
    const struct target *target;
    CURL *easy;
    struct curl_slist *connect_to;
    pthread_t thread;
    int64_t started_ns; /* only the thread uses it until it has been joined */
    struct timer timer;
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

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    struct probe *probe = context;
    return timer_is_stopped(&probe->timer);
}

static void *probe_main(void *argument)
{
    struct probe *probe = argument;
    int64_t start = clock_now_ns();
    int64_t next = start;
    probe->started_ns = start;
    while (timer_sleep_until(&probe->timer, next)) {
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
    CLEANUP(buffer_deinit)
    struct buffer url = {0};
    const struct probe_plan *plan = &probe->result.plan;
    probe->easy = curl_easy_init();
    if (!probe->easy || target_setup(probe->target, probe->easy, &probe->connect_to))
        return -ENOMEM;
    target_append_url(probe->target, plan->path, &url);
    buffer_append(&url, "", 1);
    curl_easy_setopt(probe->easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(probe->easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(probe->easy, CURLOPT_TIMEOUT_MS, (long)(plan->timeout_ns / NS_PER_MS));
    curl_easy_setopt(probe->easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(probe->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(probe->easy, CURLOPT_XFERINFODATA, probe);
    curl_easy_setopt(probe->easy, CURLOPT_WRITEFUNCTION, on_body);
    return url.error || curl_easy_setopt(probe->easy, CURLOPT_URL, url.data) ? -ENOMEM : 0;
}

static void probe_free(struct probe *probe)
{
    curl_easy_cleanup(probe->easy);
    curl_slist_free_all(probe->connect_to);
    timer_deinit(&probe->timer);
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
    timer_init(&probe->timer);
    int r = set_request(probe);
    secret_hide(probe->result.plan.path, sizeof probe->result.plan.path); /* as it is told */
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
    timer_stop(&probe->timer);
    pthread_join(probe->thread, NULL);
    probe->result.lasted_ns = clock_now_ns() - probe->started_ns;
    *result = probe->result;
    probe_free(probe);
}
