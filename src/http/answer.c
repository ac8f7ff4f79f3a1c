/* answer.c: see answer.h. */
#include "http/answer.h"

#include "base/clock.h"
#include "endpoint/rows.h"
#include "http/access_log.h"
#include "http/body_log.h"
#include "json/reply.h"

void answer_end_call(struct exchange *exchange)
{
    struct endpoint_call *call = &exchange->call;
    if (call->endpoint && call->endpoint->destroy)
        call->endpoint->destroy(call);
    call->endpoint = NULL;
    if (call->taken)
        budget_give(&exchange->http->context.budget, call->taken);
    call->taken = 0;
    turn_leave(&exchange->http->turns, &exchange->turn);
}

static void log_body(struct exchange *exchange)
{
    int64_t start = clock_now_ns();
    body_log_write(exchange_logged_id(exchange), exchange->path, &exchange->logged);
    exchange->answer.stage_ns[STAGE_LOG] = clock_now_ns() - start;
}

/*
 * The endpoint's answer; without memory the request becomes a refusal. False: the endpoint has more
 * to do, in a later turn.
 */
static bool finish_call(struct exchange *exchange)
{
    struct endpoint_call *call = &exchange->call;
    bool refused = exchange->request.status || !call->endpoint;
    const int result = refused ? 0 : call->endpoint->finish(call, &exchange->answer);
    if (result == ENDPOINT_AGAIN)
        return false;
    if (exchange->logged.length && !exchange->request.status)
        log_body(exchange);
    if (result < 0) {
        buffer_deinit(&exchange->answer.body);
        request_fail(&exchange->request, 503, "out of memory; try again");
    }
    answer_end_call(exchange);
    return true;
}

static void record(const struct exchange *exchange)
{
    const struct http *http = exchange->http;
    const struct endpoint_answer *answer = &exchange->answer;
    struct stats_reply reply = {
        .endpoint = endpoint_index(exchange->request.endpoint),
        .status = answer->status,
        .bytes_in = exchange->request.received,
        .bytes_out = answer->body.length,
        .elapsed_ns = answer->stage_ns[STAGE_TOTAL],
    };
    stats_reply(http->context.stats, &reply);
    worker_request_answered(exchange->link->worker);
    recent_answer(&exchange->link->worker->recent, exchange->call.began_ns + reply.elapsed_ns,
                  reply.elapsed_ns);
    access_log_reply(http->log, exchange_logged_id(exchange), exchange->path, reply.elapsed_ns,
                     answer->body.data, answer->body.length);
}

/* Completes the answer that finish_call made, or the refusal, and takes note of it. */
static void complete(struct exchange *exchange)
{
    struct http *http = exchange->http;
    struct request *request = &exchange->request;
    struct endpoint_answer *answer = &exchange->answer;
    if (request->status) {
        answer->status = request->status;
        if (reply_detail(&answer->body, request->detail))
            buffer_clear(&answer->body, ENDPOINT_KEPT); /* without memory: an empty body */
    }
    if (exchange->passed_lane || exchange->handler_ns)
        answer->stage_ns[STAGE_QUEUE] = exchange->lane_ns + exchange->handler_ns;
    answer->stage_ns[STAGE_TOTAL] = clock_now_ns() - exchange->call.began_ns;
    if (!http->options.keepalive || atomic_load(&http->draining))
        request->close = true;
    exchange->answered = true;
    connections_uncount_work(exchange->link);
    record(exchange);
}

void answer_note_408(struct exchange *exchange)
{
    buffer_clear(&exchange->answer.body, ENDPOINT_KEPT);
    exchange->request.status = 0;
    request_fail(&exchange->request, 408, "the request did not come in time");
    complete(exchange);
}

enum MHD_Result answer_send(struct exchange *exchange)
{
    complete(exchange);
    connections_turn(exchange->link, LINK_REPLY);
    const bool tells = exchange->http->options.tell_worker;
    const struct worker *worker = tells ? exchange->link->worker : NULL;
    return send_answer(exchange->connection, &exchange->kept, &exchange->request, &exchange->answer,
                       exchange->id, worker);
}

void answer_end_reading(struct exchange *exchange)
{
    struct endpoint_call *call = &exchange->call;
    call->read_ns = call->now_ns;
    if (exchange->request.received)
        exchange->answer.stage_ns[STAGE_READ] = call->read_ns - call->began_ns - exchange->lane_ns;
}

enum MHD_Result answer_cut(struct exchange *exchange)
{
    answer_end_reading(exchange);
    answer_end_call(exchange);
    exchange->request.close = true;
    if (!connections_turn(exchange->link, LINK_REPLY))
        return MHD_NO;
    complete(exchange);
    send_at_once(exchange->link, &exchange->request, &exchange->answer, exchange->id);
    return MHD_NO;
}

bool answer_is_for_a_handler(const struct exchange *exchange)
{
    return exchange->request.received >= exchange->link->worker->hands_over_from &&
           exchange_takes_body(exchange);
}

bool answer_begin_work(struct exchange *exchange)
{
    if (exchange->http->options.counts_work || answer_is_for_a_handler(exchange))
        connections_count_work(exchange->link);
    return connections_turn(exchange->link, LINK_WORK);
}

/* Without a reply libmicrohttpd calls again in its next turn. */
enum MHD_Result answer_go_on(struct exchange *exchange)
{
    exchange->phase = FINISHING;
    return finish_call(exchange) ? answer_send(exchange) : MHD_YES;
}

enum MHD_Result answer_here(struct exchange *exchange)
{
    answer_end_reading(exchange);
    return answer_begin_work(exchange) ? answer_go_on(exchange) : MHD_NO;
}

/* In a handler thread. */
static void make(void *cls)
{
    struct exchange *exchange = cls;
    const int64_t began_ns = clock_now_ns();
    exchange->handler_ns = began_ns - exchange->call.read_ns;
    worker_request_handled(exchange->link->worker);
    while (!finish_call(exchange))
        continue;
    exchange->user.handler_ns = clock_now_ns() - began_ns;
}

enum MHD_Result answer_there(struct exchange *exchange)
{
    exchange->phase = HANDLING;
    turn_leave(&exchange->http->turns, &exchange->turn);
    exchange->job = (struct job){
        .connection = exchange->connection,
        .run = make,
        .cls = exchange,
        .is_long = stats_size_of(exchange->request.received) != STATS_SMALL,
    };
    int refusal = handlers_take(&exchange->http->handlers, &exchange->job);
    if (refusal == HANDLERS_STOPPED)
        return MHD_NO;
    if (refusal == 0)
        return MHD_YES; /* suspended: the exchange belongs to the thread */
    request_fail(&exchange->request, 503, "too many requests wait for a handler; try again");
    finish_call(exchange);
    return answer_send(exchange);
}
