/*
 * metrics.c: GET /metrics: the figures of /stats in Prometheus' text format
 * (0.0.4). A bucket's bound is known to the histogram's digits: two for latencies
 * (1 %), three for holds.
 */
#include "base/clock.h"
#include "base/error.h"
#include "endpoint/rows.h"
#include "endpoint/user_figures.h"

#include <stddef.h>
#include <stdio.h>

/* Upper bounds of the buckets, in ns. */
static const int64_t bounds[] = {
    50 * NS_PER_US,   100 * NS_PER_US, 250 * NS_PER_US, 500 * NS_PER_US,  1 * NS_PER_MS,
    2500 * NS_PER_US, 5 * NS_PER_MS,   10 * NS_PER_MS,  25 * NS_PER_MS,   50 * NS_PER_MS,
    100 * NS_PER_MS,  250 * NS_PER_MS, 500 * NS_PER_MS, 1000 * NS_PER_MS, 2500 * NS_PER_MS,
    5 * NS_PER_S,     10 * NS_PER_S,   30 * NS_PER_S,
};

static double seconds(uint64_t ns)
{
    return (double)ns / 1e9;
}

static void head(struct figures *figures, const char *name, const char *type, const char *help)
{
    buffer_append_format(figures->out, "# HELP looplag_%s %s\n# TYPE looplag_%s %s\n", name, help,
                         name, type);
}

static void counter(struct figures *figures, const char *name, const char *help, uint64_t value)
{
    head(figures, name, "counter", help);
    buffer_append_format(figures->out, "looplag_%s %llu\n", name, (unsigned long long)value);
}

static void gauge(struct figures *figures, const char *name, const char *help, double value)
{
    head(figures, name, "gauge", help);
    buffer_append_format(figures->out, "looplag_%s %.15g\n", name, value);
}

/* One histogram's lines; `labels` is "" or 'a="b",' and goes before the bound. */
static void series(struct figures *figures, const char *name, const char *labels,
                   const struct histogram *histogram)
{
    char braces[128] = "";
    for (size_t i = 0; i < ARRAY_LENGTH(bounds); i++) {
        uint64_t within = histogram->total - histogram_count_above(histogram, bounds[i]);
        buffer_append_format(figures->out, "looplag_%s_bucket{%sle=\"%g\"} %llu\n", name, labels,
                             seconds((uint64_t)bounds[i]), (unsigned long long)within);
    }
    if (labels[0])
        snprintf(braces, sizeof braces, "{%s}", labels);
    buffer_append_format(figures->out, "looplag_%s_bucket{%sle=\"+Inf\"} %llu\n", name, labels,
                         (unsigned long long)histogram->total);
    buffer_append_format(figures->out, "looplag_%s_sum%s %.9g\n", name, braces,
                         seconds(histogram->sum));
    buffer_append_format(figures->out, "looplag_%s_count%s %llu\n", name, braces,
                         (unsigned long long)histogram->total);
}

static void put_requests(struct figures *figures, const struct stats_totals *totals)
{
    head(figures, "requests_total", "counter", "Answered requests by status.");
    for (int status = 0; status < STATS_STATUSES; status++) {
        if (totals->replies[status])
            buffer_append_format(figures->out, "looplag_requests_total{status=\"%d\"} %llu\n",
                                 status, (unsigned long long)totals->replies[status]);
    }
    gauge(figures, "requests_in_flight", "Requests begun and not ended.",
          (double)stats_in_flight(figures->context->stats));
    counter(figures, "body_received_bytes_total", "Bytes of request bodies.", totals->bytes_in);
    counter(figures, "body_sent_bytes_total", "Bytes of reply bodies.", totals->bytes_out);
    counter(figures, "log_dropped_lines_total", "Lines of the access log that were dropped.",
            totals->log_dropped);
}

static void put_limited(struct figures *figures, const struct stats_totals *totals)
{
    head(figures, "limited_total", "counter",
         "Connections that a limit ended, and requests that one refused.");
    for (enum stats_limit i = 0; i < STATS_LIMITS; i++)
        buffer_append_format(figures->out, "looplag_limited_total{limit=\"%s\"} %llu\n",
                             stats_limit_name(i), (unsigned long long)totals->limited[i]);
}

/* Only under TLS. */
static void put_tls(struct figures *figures, const struct stats_totals *totals)
{
    const int64_t expires_s = stats_certificate(figures->context->stats);
    if (!expires_s)
        return;
    counter(figures, "tls_handshakes_total", "Handshakes that were completed.",
            totals->tls[STATS_TLS_DONE]);
    counter(figures, "tls_failed_handshakes_total", "Connections that ended in their handshake.",
            totals->tls[STATS_TLS_FAILED]);
    gauge(figures, "tls_certificate_expiry_timestamp_seconds", "When the certificate expires.",
          (double)expires_s);
}

static void put_budget(struct figures *figures, struct budget_counts *counts)
{
    const struct budget_levels levels = budget_read(counts);
    gauge(figures, "inflight_bytes", "Memory of bodies that are kept, and of their documents.",
          (double)levels.held);
    gauge(figures, "inflight_bytes_limit", "More of it is refused.", (double)levels.limit);
}

static int put_histograms(struct figures *figures)
{
    const struct stats_totals *totals = &figures->totals;
    head(figures, "loop_hold_seconds", "histogram", "How long a callback kept its thread.");
    series(figures, "loop_hold_seconds", "", &totals->loop_hold);
    head(figures, "loop_hold_cpu_seconds", "histogram",
         "The same in CPU time of the thread, an upper bound.");
    series(figures, "loop_hold_cpu_seconds", "", &totals->loop_hold_cpu);
    head(figures, "large_hold_seconds", "histogram",
         "How long a large request kept its thread in one piece.");
    series(figures, "large_hold_seconds", "", &totals->large_hold);
    head(figures, "request_duration_seconds", "histogram",
         "From complete headers to the queued reply, by endpoint and size of the body.");
    for (size_t i = 0; i < STATS_ENDPOINTS_MAX; i++) {
        for (enum stats_size size = 0; size < STATS_SIZES; size++) {
            char labels[96];
            if (!totals->latency[i][size].total)
                continue;
            snprintf(labels, sizeof labels, "endpoint=\"%s\",size=\"%s\",",
                     i < endpoint_count() ? endpoint_at(i)->path : "other", stats_size_name(size));
            series(figures, "request_duration_seconds", labels, &totals->latency[i][size]);
        }
    }
    return 0;
}

static int put_workers(struct figures *figures)
{
    static const struct {
        const char *name;
        const char *type;
        const char *help;
        size_t value; /* where it is in struct stats_worker */
    } rows[] = {
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
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        head(figures, rows[i].name, rows[i].type, rows[i].help);
        for (unsigned k = 0; k < stats_workers(figures->context->stats); k++) {
            struct stats_worker worker;
            stats_worker_read(figures->context->stats, k, &worker);
            const void *value = (const char *)&worker + rows[i].value;
            buffer_append_format(figures->out, "looplag_%s{worker=\"%u\"} %llu\n", rows[i].name, k,
                                 (unsigned long long)*(const uint64_t *)value);
        }
    }
    return 0;
}

static void put_lane(struct figures *figures, const struct stats_lane *lane)
{
    gauge(figures, "large_lane_limit", "Large requests that are admitted at a time.", lane->limit);
    gauge(figures, "large_lane_admitted", "Large requests that are admitted.", lane->admitted);
    gauge(figures, "large_lane_waiting", "Large requests that wait.", lane->waiting);
    counter(figures, "large_lane_rejected_total", "Large requests that were turned away.",
            lane->rejected);
}

static void put_server(struct figures *figures, const struct endpoint_context *context)
{
    const struct stats_process *process = &figures->process;
    head(figures, "build_info", "gauge", "What runs here; always 1.");
    buffer_append_format(figures->out,
                         "looplag_build_info{version=\"%s\",mode=\"%s\",poll=\"%s\"} 1\n",
                         LOOPLAG_VERSION, context->mode, context->poll);
    gauge(figures, "uptime_seconds", "Since the server started.",
          seconds((uint64_t)(clock_now_ns() - context->started_ns)));
    gauge(figures, "draining", "1 when the server was told to end.",
          stats_is_draining(figures->context->stats) ? 1 : 0);
    gauge(figures, "processes", "Processes of the server.", process->count);
    gauge(figures, "workers_reserved", "Workers, from 0 on, that take no large body.",
          context->serving.reserve);
    gauge(figures, "resident_memory_bytes", "Of all processes, shared pages for each.",
          (double)process->rss_bytes);
    head(figures, "cpu_seconds_total", "counter", "CPU time of all processes, ended ones too.");
    buffer_append_format(figures->out, "looplag_cpu_seconds_total %.3f\n",
                         seconds(process->cpu_ns));
}

/* What was counted, in one piece: these figures are of one moment. */
static int put_counts(struct figures *figures)
{
    const struct stats_totals *totals = &figures->totals;
    int error = figures_read_totals(figures);
    if (error)
        return error;
    put_server(figures, figures->context);
    put_requests(figures, totals);
    put_limited(figures, totals);
    put_tls(figures, totals);
    put_budget(figures, figures->context->budget.counts);
    return 0;
}

static int put_levels(struct figures *figures)
{
    if (figures->context->lane) {
        struct stats_lane lane = figures->context->read_lane(figures->context->lane);
        put_lane(figures, &lane);
    }
    return 0;
}

static int metrics_finish(struct endpoint_call *call, struct endpoint_answer *answer)
{
    static figures_part *const parts[] = {
        figures_read_process,  put_counts,         put_histograms,
        put_workers,           figures_read_users, user_figures_as_metrics,
        user_sizes_as_metrics, put_levels,
    };
    answer->content_type = call->endpoint->content_type;
    return figures_finish(call, answer, parts, ARRAY_LENGTH(parts));
}

const struct endpoint endpoint_metrics = {
    .path = "/metrics",
    .method = ENDPOINT_GET,
    .summary = "the same in Prometheus' text format",
    .content_type = "text/plain; version=0.0.4; charset=utf-8",
    .begin = figures_begin,
    .finish = metrics_finish,
    .destroy = figures_destroy,
};
