/* stats.c: GET /stats: what the server measured of itself, as JSON. */
#include "stats/stats.h"

#include "base/clock.h"
#include "base/units.h"
#include "endpoint/rows.h"
#include "endpoint/user_figures.h"

/* Members of an open object: count and the percentiles in ms. */
static void write_histogram(struct writer *writer, const struct histogram *histogram)
{
    static const struct {
        const char *key;
        double percent;
    } percentiles[] = {
        {"p50", 50}, {"p90", 90}, {"p95", 95}, {"p99", 99}, {"p999", 99.9},
    };
    writer_begin_object(writer);
    writer_member_integer(writer, "count", (int64_t)histogram->total);
    writer_member_ms(writer, "min", histogram->min);
    writer_member_ms(writer, "mean", (int64_t)histogram_mean(histogram));
    for (size_t i = 0; i < ARRAY_LENGTH(percentiles); i++)
        writer_member_ms(writer, percentiles[i].key,
                         histogram_percentile(histogram, percentiles[i].percent));
    writer_member_ms(writer, "max", histogram->max);
    writer_end_object(writer);
}

/* Every slot that was hit: its highest value in ns, and how often. */
static void write_counts(struct writer *writer, const struct histogram *histogram)
{
    const int32_t end = histogram->total ? histogram_slot(histogram, histogram->max) + 1 : 0;
    writer_begin_array(writer);
    for (int32_t slot = 0; slot < end; slot++) {
        if (histogram->counts[slot] == 0)
            continue;
        writer_begin_array(writer);
        writer_integer(writer, histogram_slot_highest(histogram, slot));
        writer_integer(writer, (int64_t)histogram->counts[slot]);
        writer_end_array(writer);
    }
    writer_end_array(writer);
}

static void write_requests(struct writer *writer, const struct stats_totals *totals,
                           uint64_t in_flight)
{
    uint64_t sum = 0;
    writer_member_object(writer, "requests");
    writer_member_integer(writer, "in_flight", (int64_t)in_flight);
    writer_member_object(writer, "by_status");
    for (int status = 0; status < STATS_STATUSES; status++) {
        if (!totals->replies[status])
            continue;
        char key[UNITS_INTEGER_SIZE];
        units_format_integer(status, key);
        writer_member_integer(writer, key, (int64_t)totals->replies[status]);
        sum += totals->replies[status];
    }
    writer_end_object(writer);
    writer_member_integer(writer, "answered", (int64_t)sum);
    writer_end_object(writer);
}

static void write_latencies(struct writer *writer, const struct stats_totals *totals)
{
    writer_member_object(writer, "latency_ms");
    for (size_t i = 0; i < STATS_ENDPOINTS_MAX; i++) {
        bool begun = false;
        for (enum stats_size size = 0; size < STATS_SIZES; size++) {
            if (!totals->latency[i][size].total)
                continue;
            if (!begun)
                writer_member_object(writer, i < endpoint_count() ? endpoint_at(i)->path : "other");
            begun = true;
            writer_key(writer, stats_size_name(size));
            write_histogram(writer, &totals->latency[i][size]);
        }
        if (begun)
            writer_end_object(writer);
    }
    writer_end_object(writer);
}

static void write_process(struct writer *writer, const struct stats_process *process)
{
    char seconds[UNITS_MS_SIZE];
    /* ns as "ms" of us: the same three decimals give seconds of ms. */
    units_format_ms((int64_t)process->cpu_ns / 1000, seconds);
    writer_member_object(writer, "process");
    writer_member_integer(writer, "pid", process->pid);
    writer_member_integer(writer, "count", process->count);
    writer_member_integer(writer, "rss_bytes", (int64_t)process->rss_bytes);
    writer_member_integer(writer, "rss_peak_bytes", (int64_t)process->rss_peak_bytes);
    writer_key(writer, "cpu_seconds");
    writer_raw(writer, seconds);
    writer_end_object(writer);
}

static void write_serving(struct writer *writer, const struct serving *serving)
{
    writer_member_object(writer, "serving");
    serving_write(writer, serving);
    writer_end_object(writer);
    writer_member_object(writer, "endpoints");
    for (size_t i = 0; i < endpoint_count(); i++) {
        if (endpoint_at(i)->method != ENDPOINT_POST)
            continue;
        writer_member_object(writer, endpoint_at(i)->path);
        parsing_write(writer, &endpoint_at(i)->parsing);
        writer_end_object(writer);
    }
    writer_end_object(writer);
}

struct figure {
    const char *key;
    uint64_t value;
};

static void write_figures(struct writer *writer, const struct figure *figures, size_t count)
{
    writer_begin_object(writer);
    for (size_t i = 0; i < count; i++)
        writer_member_integer(writer, figures[i].key, (int64_t)figures[i].value);
    writer_end_object(writer);
}

static void write_workers(struct writer *writer, struct stats *stats)
{
    writer_key(writer, "workers");
    writer_begin_array(writer);
    for (unsigned i = 0; i < stats_workers(stats); i++) {
        struct stats_worker worker;
        stats_worker_read(stats, i, &worker);
        const struct figure figures[] = {
            {"worker", i},
            {"pid", (uint64_t)worker.pid},
            {"starts", worker.starts},
            {"connections", worker.connections},
            {"open", worker.open},
            {"requests", worker.requests},
            {"in_flight", worker.in_flight},
            {"by_handlers", worker.by_handlers},
            {"turn_waits", worker.turn_waits},
            {"gave_way", worker.gave_way},
        };
        write_figures(writer, figures, ARRAY_LENGTH(figures));
    }
    writer_end_array(writer);
}

static void write_limited(struct writer *writer, const struct stats_totals *totals)
{
    struct figure figures[STATS_LIMITS];
    for (enum stats_limit i = 0; i < STATS_LIMITS; i++)
        figures[i] = (struct figure){stats_limit_name(i), totals->limited[i]};
    writer_key(writer, "limited");
    write_figures(writer, figures, STATS_LIMITS);
}

static void write_handlers(struct writer *writer, struct stats_handlers *handlers)
{
    const struct figure figures[] = {
        {"threads", handlers->threads},
        {"busy", atomic_load(&handlers->busy)},
        {"queue_limit", handlers->queue_limit},
        {"queued", atomic_load(&handlers->queued)},
        {"refused", atomic_load(&handlers->refused)},
    };
    writer_key(writer, "handlers");
    write_figures(writer, figures, ARRAY_LENGTH(figures));
}

static void write_lane(struct writer *writer, const struct stats_lane *lane)
{
    const struct figure figures[] = {
        {"limit", lane->limit},
        {"admitted", lane->admitted},
        {"waiting", lane->waiting},
        {"rejected", lane->rejected},
    };
    writer_key(writer, "large_lane");
    write_figures(writer, figures, ARRAY_LENGTH(figures));
}

static void write_budget(struct writer *writer, struct budget_counts *counts)
{
    const struct budget_levels levels = budget_read(counts);
    const struct figure figures[] = {{"limit", levels.limit}, {"held", levels.held}};
    writer_key(writer, "inflight_bytes");
    write_figures(writer, figures, ARRAY_LENGTH(figures));
}

/* Only under TLS. */
static void write_tls(struct writer *writer, struct stats *stats, const struct stats_totals *totals)
{
    const int64_t expires_s = stats_certificate(stats);
    char when[CLOCK_RFC3339_SIZE];
    if (!expires_s)
        return;
    clock_format_rfc3339(expires_s * NS_PER_S, when);
    writer_member_object(writer, "tls");
    writer_member_integer(writer, "handshakes", (int64_t)totals->tls[STATS_TLS_DONE]);
    writer_member_integer(writer, "failed_handshakes", (int64_t)totals->tls[STATS_TLS_FAILED]);
    writer_member_text(writer, "certificate_expires", when);
    writer_end_object(writer);
}

/* What was counted, in one piece: these figures are of one moment. */
static int tell_counts(struct figures *figures)
{
    const struct endpoint_context *context = figures->context;
    struct writer *writer = &figures->writer;
    int error = figures_read_totals(figures);
    if (error)
        return error;
    const struct stats_totals *totals = &figures->totals;
    writer_begin_object(writer);
    writer_member_text(writer, "version", LOOPLAG_VERSION);
    writer_member_text(writer, "mode", context->mode);
    writer_member_text(writer, "poll", context->poll);
    write_serving(writer, &context->serving);
    writer_member_ms(writer, "uptime_ms", clock_now_ns() - context->started_ns);
    write_requests(writer, totals, stats_in_flight(context->stats));
    writer_member_object(writer, "body_bytes");
    writer_member_integer(writer, "received", (int64_t)totals->bytes_in);
    writer_member_integer(writer, "sent", (int64_t)totals->bytes_out);
    writer_end_object(writer);
    writer_member_object(writer, "log");
    writer_member_integer(writer, "dropped", (int64_t)totals->log_dropped);
    writer_end_object(writer);
    write_limited(writer, totals);
    write_tls(writer, context->stats, totals);
    write_budget(writer, context->budget.counts);
    return 0;
}

static int tell_histograms(struct figures *figures)
{
    struct writer *writer = &figures->writer;
    const struct stats_totals *totals = &figures->totals;
    writer_key(writer, "loop_hold_ms");
    write_histogram(writer, &totals->loop_hold);
    writer_key(writer, "loop_hold_counts");
    write_counts(writer, &totals->loop_hold);
    writer_key(writer, "loop_hold_cpu_ms");
    write_histogram(writer, &totals->loop_hold_cpu);
    writer_key(writer, "large_hold_ms");
    write_histogram(writer, &totals->large_hold);
    writer_key(writer, "large_hold_counts");
    write_counts(writer, &totals->large_hold);
    write_latencies(writer, totals);
    return 0;
}

static int tell_workers(struct figures *figures)
{
    write_process(&figures->writer, &figures->process);
    write_workers(&figures->writer, figures->context->stats);
    return 0;
}

static int tell_levels(struct figures *figures)
{
    const struct endpoint_context *context = figures->context;
    if (context->handlers)
        write_handlers(&figures->writer, context->handlers);
    if (context->lane) {
        struct stats_lane lane = context->read_lane(context->lane);
        write_lane(&figures->writer, &lane);
    }
    writer_end_object(&figures->writer);
    return 0;
}

static int stats_finish(struct endpoint_call *call, struct endpoint_answer *answer)
{
    static figures_part *const parts[] = {
        tell_counts,        tell_histograms,    figures_read_process, tell_workers,
        figures_read_users, user_figures_write, tell_levels,
    };
    return figures_finish(call, answer, parts, ARRAY_LENGTH(parts));
}

const struct endpoint endpoint_stats = {
    .path = "/stats",
    .method = ENDPOINT_GET,
    .summary = "what the server measured of itself",
    .begin = figures_begin,
    .finish = stats_finish,
    .destroy = figures_destroy,
};
