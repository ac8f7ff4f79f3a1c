/*
 * recent.c: GET /recent: how the server serves, and what the last ten seconds were like (fewer with
 * more than 32 workers): what a page that watches it asks for once a second. It reads a few words
 * for each worker and merges no histograms, so that it does not disturb what it shows.
 */
#include "stats/recent.h"

#include "base/clock.h"
#include "endpoint/rows.h"
#include "json/writer.h"

/* Of all workers together no more are told, so that the answer stays short. */
enum { TICKS_TOLD = 100, MOMENTS_MOST = 3200 };

static int64_t ticks_told(const struct stats *stats)
{
    const int64_t each = MOMENTS_MOST / (int64_t)stats_workers(stats);
    return each < TICKS_TOLD ? each : TICKS_TOLD;
}

/* [ms since its end, longest hold, longest answer], of each tick that has either. */
static void write_moments(struct writer *writer, struct stats *stats, unsigned worker,
                          int64_t now_ns)
{
    const int64_t newest = now_ns / RECENT_TICK_NS;
    writer_key(writer, "recent");
    writer_begin_array(writer);
    for (int64_t tick = newest - ticks_told(stats); tick <= newest; tick++) {
        const struct stats_moment moment = stats_worker_moment(stats, worker, tick);
        const int64_t ago_ns = now_ns - (tick + 1) * RECENT_TICK_NS;
        if (!moment.hold_ns && !moment.answer_ns)
            continue;
        writer_begin_array(writer);
        writer_ms(writer, ago_ns > 0 ? ago_ns : 0);
        writer_ms(writer, moment.hold_ns);
        writer_ms(writer, moment.answer_ns);
        writer_end_array(writer);
    }
    writer_end_array(writer);
}

static void write_workers(struct writer *writer, struct stats *stats, int64_t now_ns)
{
    writer_key(writer, "workers");
    writer_begin_array(writer);
    for (unsigned i = 0; i < stats_workers(stats); i++) {
        struct stats_worker worker;
        stats_worker_read(stats, i, &worker);
        writer_begin_object(writer);
        writer_member_integer(writer, "worker", i);
        writer_member_integer(writer, "pid", worker.pid);
        writer_member_integer(writer, "open", (int64_t)worker.open);
        writer_member_integer(writer, "in_flight", (int64_t)worker.in_flight);
        writer_member_integer(writer, "requests", (int64_t)worker.requests);
        write_moments(writer, stats, i, now_ns);
        writer_end_object(writer);
    }
    writer_end_array(writer);
}

static void write_endpoints(struct writer *writer)
{
    writer_member_object(writer, "endpoints");
    for (size_t i = 0; i < endpoint_count(); i++) {
        const struct endpoint *endpoint = endpoint_at(i);
        if (endpoint->method != ENDPOINT_POST)
            continue;
        writer_member_object(writer, endpoint->path);
        writer_member_text(writer, "summary", endpoint->summary);
        parsing_write(writer, &endpoint->parsing);
        writer_end_object(writer);
    }
    writer_end_object(writer);
}

static int recent_finish(struct endpoint_call *call, struct endpoint_answer *answer)
{
    const struct endpoint_context *context = call->context;
    const int64_t now_ns = clock_now_ns();
    struct writer writer;
    writer_init(&writer, &answer->body);
    writer_begin_object(&writer);
    writer_member_text(&writer, "version", LOOPLAG_VERSION);
    writer_member_text(&writer, "mode", context->mode);
    writer_member_text(&writer, "poll", context->poll);
    writer_member_object(&writer, "serving");
    serving_write(&writer, &context->serving);
    writer_end_object(&writer);
    write_endpoints(&writer);
    writer_member_integer(&writer, "pid", stats_pid(context->stats));
    writer_key(&writer, "draining");
    writer_raw(&writer, stats_is_draining(context->stats) ? "true" : "false");
    writer_member_ms(&writer, "uptime_ms", now_ns - context->started_ns);
    writer_member_ms(&writer, "recent_ms", ticks_told(context->stats) * RECENT_TICK_NS);
    writer_member_integer(&writer, "in_flight", (int64_t)stats_in_flight(context->stats));
    write_workers(&writer, context->stats, now_ns);
    writer_end_object(&writer);
    return answer->body.error;
}

const struct endpoint endpoint_recent = {
    .path = "/recent",
    .method = ENDPOINT_GET,
    .summary = "how it serves, and what the last ten seconds were like",
    .finish = recent_finish,
};
