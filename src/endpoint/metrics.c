/*
 * metrics.c: GET /metrics: the figures of /stats in Prometheus' text format
 * (0.0.4). A bucket's bound is known to the histogram's digits: two for latencies
 * (1 %), three for holds.
 */
#include "base/clock.h"
#include "base/error.h"
#include "endpoint/rows.h"
#include "endpoint/user_figures.h"
#include "stats/process.h"

#include <stddef.h>
#include <stdio.h>

/* Upper bounds of the buckets, in ns. */
static const int64_t bounds[] = {
    50 * NS_PER_US,   100 * NS_PER_US, 250 * NS_PER_US, 500 * NS_PER_US,  1 * NS_PER_MS,
    2500 * NS_PER_US, 5 * NS_PER_MS,   10 * NS_PER_MS,  25 * NS_PER_MS,   50 * NS_PER_MS,
    100 * NS_PER_MS,  250 * NS_PER_MS, 500 * NS_PER_MS, 1000 * NS_PER_MS, 2500 * NS_PER_MS,
    5 * NS_PER_S,     10 * NS_PER_S,   30 * NS_PER_S,
};

/* The text so far, and where its figures are from. */
struct page {
    struct buffer *out;
    struct stats *stats;
};

static double seconds(uint64_t ns)
{
    return (double)ns / 1e9;
}

static void head(struct page *page, const char *name, const char *type, const char *help)
{
    buffer_append_format(page->out, "# HELP looplag_%s %s\n# TYPE looplag_%s %s\n", name, help,
                         name, type);
}

static void counter(struct page *page, const char *name, const char *help, uint64_t value)
{
    head(page, name, "counter", help);
    buffer_append_format(page->out, "looplag_%s %llu\n", name, (unsigned long long)value);
}

static void gauge(struct page *page, const char *name, const char *help, double value)
{
    head(page, name, "gauge", help);
    buffer_append_format(page->out, "looplag_%s %.15g\n", name, value);
}

/* One histogram's lines; `labels` is "" or 'a="b",' and goes before the bound. */
static void series(struct page *page, const char *name, const char *labels,
                   const struct histogram *histogram)
{
    char braces[128] = "";
    for (size_t i = 0; i < ARRAY_LENGTH(bounds); i++) {
        uint64_t within = histogram->total - histogram_count_above(histogram, bounds[i]);
        buffer_append_format(page->out, "looplag_%s_bucket{%sle=\"%g\"} %llu\n", name, labels,
                             seconds((uint64_t)bounds[i]), (unsigned long long)within);
    }
    if (labels[0])
        snprintf(braces, sizeof braces, "{%s}", labels);
    buffer_append_format(page->out, "looplag_%s_bucket{%sle=\"+Inf\"} %llu\n", name, labels,
                         (unsigned long long)histogram->total);
    buffer_append_format(page->out, "looplag_%s_sum%s %.9g\n", name, braces,
                         seconds(histogram->sum));
    buffer_append_format(page->out, "looplag_%s_count%s %llu\n", name, braces,
                         (unsigned long long)histogram->total);
}

static void put_requests(struct page *page, const struct stats_totals *totals)
{
    head(page, "requests_total", "counter", "Answered requests by status.");
    for (int status = 0; status < STATS_STATUSES; status++) {
        if (totals->replies[status])
            buffer_append_format(page->out, "looplag_requests_total{status=\"%d\"} %llu\n", status,
                                 (unsigned long long)totals->replies[status]);
    }
    gauge(page, "requests_in_flight", "Requests begun and not ended.",
          (double)stats_in_flight(page->stats));
    counter(page, "body_received_bytes_total", "Bytes of request bodies.", totals->bytes_in);
    counter(page, "body_sent_bytes_total", "Bytes of reply bodies.", totals->bytes_out);
    counter(page, "log_dropped_lines_total", "Lines of the access log that were dropped.",
            totals->log_dropped);
}

static void put_limited(struct page *page, const struct stats_totals *totals)
{
    head(page, "limited_total", "counter",
         "Connections that a limit ended, and requests that one refused.");
    for (enum stats_limit i = 0; i < STATS_LIMITS; i++)
        buffer_append_format(page->out, "looplag_limited_total{limit=\"%s\"} %llu\n",
                             stats_limit_name(i), (unsigned long long)totals->limited[i]);
}

/* Only under TLS. */
static void put_tls(struct page *page, const struct stats_totals *totals)
{
    const int64_t expires_s = stats_certificate(page->stats);
    if (!expires_s)
        return;
    counter(page, "tls_handshakes_total", "Handshakes that were completed.",
            totals->tls[STATS_TLS_DONE]);
    counter(page, "tls_failed_handshakes_total", "Connections that ended in their handshake.",
            totals->tls[STATS_TLS_FAILED]);
    gauge(page, "tls_certificate_expiry_timestamp_seconds", "When the certificate expires.",
          (double)expires_s);
}

static void put_budget(struct page *page, struct budget_counts *counts)
{
    const struct budget_levels levels = budget_read(counts);
    gauge(page, "inflight_bytes", "Memory of bodies that are kept, and of their documents.",
          (double)levels.held);
    gauge(page, "inflight_bytes_limit", "More of it is refused.", (double)levels.limit);
}

static void put_histograms(struct page *page, const struct stats_totals *totals)
{
    head(page, "loop_hold_seconds", "histogram", "How long a callback kept its thread.");
    series(page, "loop_hold_seconds", "", &totals->loop_hold);
    head(page, "loop_hold_cpu_seconds", "histogram",
         "The same in CPU time of the thread, an upper bound.");
    series(page, "loop_hold_cpu_seconds", "", &totals->loop_hold_cpu);
    head(page, "large_hold_seconds", "histogram",
         "How long a large request kept its thread in one piece.");
    series(page, "large_hold_seconds", "", &totals->large_hold);
    head(page, "request_duration_seconds", "histogram",
         "From complete headers to the queued reply, by endpoint and size of the body.");
    for (size_t i = 0; i < STATS_ENDPOINTS_MAX; i++) {
        for (enum stats_size size = 0; size < STATS_SIZES; size++) {
            char labels[96];
            if (!totals->latency[i][size].total)
                continue;
            snprintf(labels, sizeof labels, "endpoint=\"%s\",size=\"%s\",",
                     i < endpoint_count() ? endpoint_at(i)->path : "other", stats_size_name(size));
            series(page, "request_duration_seconds", labels, &totals->latency[i][size]);
        }
    }
}

static void put_workers(struct page *page)
{
    static const struct {
        const char *name;
        const char *type;
        const char *help;
        size_t value; /* where it is in struct stats_worker */
    } figures[] = {
        {"worker_connections_total", "counter", "Connections that a worker took.",
         offsetof(struct stats_worker, connections)},
        {"worker_requests_total", "counter", "Requests that a worker answered.",
         offsetof(struct stats_worker, requests)},
        {"worker_requests_by_handlers_total", "counter",
         "Of those, the ones that handler threads answered.",
         offsetof(struct stats_worker, by_handlers)},
        {"worker_starts_total", "counter", "Processes that have been this worker.",
         offsetof(struct stats_worker, starts)},
        {"worker_open_connections", "gauge", "Connections that a worker has open.",
         offsetof(struct stats_worker, open)},
        {"worker_requests_in_flight", "gauge", "Requests that a worker has in flight.",
         offsetof(struct stats_worker, in_flight)},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(figures); i++) {
        head(page, figures[i].name, figures[i].type, figures[i].help);
        for (unsigned k = 0; k < stats_workers(page->stats); k++) {
            struct stats_worker worker;
            stats_worker_read(page->stats, k, &worker);
            const void *value = (const char *)&worker + figures[i].value;
            buffer_append_format(page->out, "looplag_%s{worker=\"%u\"} %llu\n", figures[i].name, k,
                                 (unsigned long long)*(const uint64_t *)value);
        }
    }
}

static void put_lane(struct page *page, const struct stats_lane *lane)
{
    gauge(page, "large_lane_limit", "Large requests that are admitted at a time.", lane->limit);
    gauge(page, "large_lane_admitted", "Large requests that are admitted.", lane->admitted);
    gauge(page, "large_lane_waiting", "Large requests that wait.", lane->waiting);
    counter(page, "large_lane_rejected_total", "Large requests that were turned away.",
            lane->rejected);
}

static void put_server(struct page *page, const struct endpoint_context *context)
{
    struct stats_process process;
    stats_process_read(page->stats, &process);
    head(page, "build_info", "gauge", "What runs here; always 1.");
    buffer_append_format(page->out,
                         "looplag_build_info{version=\"%s\",mode=\"%s\",poll=\"%s\"} 1\n",
                         LOOPLAG_VERSION, context->mode, context->poll);
    gauge(page, "uptime_seconds", "Since the server started.",
          seconds((uint64_t)(clock_now_ns() - context->started_ns)));
    gauge(page, "draining", "1 when the server was told to end.",
          stats_is_draining(page->stats) ? 1 : 0);
    gauge(page, "processes", "Processes of the server.", process.count);
    gauge(page, "workers_reserved", "Workers, from 0 on, that take no large body.",
          context->serving.reserve);
    gauge(page, "resident_memory_bytes", "Of all processes, shared pages for each.",
          (double)process.rss_bytes);
    head(page, "cpu_seconds_total", "counter", "CPU time of all processes, ended ones too.");
    buffer_append_format(page->out, "looplag_cpu_seconds_total %.3f\n", seconds(process.cpu_ns));
}

static int metrics_finish(struct endpoint_call *call, struct endpoint_answer *answer)
{
    const struct endpoint_context *context = call->context;
    CLEANUP(stats_totals_deinit)
    struct stats_totals totals;
    struct page page = {.out = &answer->body, .stats = context->stats};
    int error = stats_read(context->stats, &totals);
    if (error)
        return error;
    put_server(&page, context);
    put_requests(&page, &totals);
    put_limited(&page, &totals);
    put_tls(&page, &totals);
    put_budget(&page, context->budget.counts);
    put_histograms(&page, &totals);
    put_workers(&page);
    error = user_figures_as_metrics(&answer->body, context);
    if (error)
        return error;
    if (context->lane) {
        struct stats_lane lane = context->read_lane(context->lane);
        put_lane(&page, &lane);
    }
    answer->content_type = endpoint_metrics.content_type;
    return answer->body.error;
}

const struct endpoint endpoint_metrics = {
    .path = "/metrics",
    .method = ENDPOINT_GET,
    .summary = "the same in Prometheus' text format",
    .content_type = "text/plain; version=0.0.4; charset=utf-8",
    .finish = metrics_finish,
};
