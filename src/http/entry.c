/* entry.c: see entry.h. */
#include "http/entry.h"

#include "base/clock.h"
#include "http/admission.h"

static const char too_many_wait[] = "more requests wait than the server takes; try again";

/*
 * Takes what the endpoint holds of a body of `bytes` bytes from the budget, in steps where its
 * length is not known. What a connection keeps anyway is not counted. Returns as budget_take does.
 */
static int take_memory(struct exchange *exchange, uint64_t bytes)
{
    enum { STEP = 64 << 10 };
    struct endpoint_call *call = &exchange->call;
    const struct endpoint *endpoint = exchange->request.endpoint;
    const uint64_t holds = endpoint->holds ? endpoint->holds(call, bytes) : 0;
    if (holds <= ENDPOINT_KEPT || holds <= call->taken)
        return 0;
    const uint64_t more = holds - call->taken + (call->announced ? 0 : STEP);
    const int refusal = budget_take(&exchange->http->context.budget, more, call->taken);
    if (refusal)
        stats_limited(exchange->http->context.stats, STATS_INFLIGHT_BYTES);
    else
        call->taken += more;
    return refusal;
}

static int no_room_status(int refusal)
{
    return refusal == BUDGET_NEVER ? 413 : 503;
}

bool entry_finds_room(struct exchange *exchange)
{
    const int no_room = take_memory(exchange, exchange->request.received);
    if (no_room)
        request_fail(&exchange->request, no_room_status(no_room),
                     endpoint_no_room(no_room == BUDGET_NEVER));
    return !no_room;
}

enum request_action entry_admit(struct exchange *exchange, int64_t now_ns)
{
    struct http *http = exchange->http;
    struct request *request = &exchange->request;
    struct link *link = exchange->link;
    link->over =
        link->over && !atomic_load(&http->draining) && connections_are_too_many(&http->connections);
    request->close |= link->over;
    if (!exchange_takes_body(exchange))
        return REQUEST_GO_ON;
    if (link->over) {
        stats_limited(http->context.stats, STATS_CONNECTIONS);
        return request_refuse(request, 503,
                              "the server has as many connections as it takes; try again");
    }
    if (admission_refuses(http, link, now_ns))
        return request_refuse(request, 503, too_many_wait);
    if (!user_may_send(&exchange->user, &http->users, exchange->call.announced)) {
        request->undrained = true;
        return request_refuse(request, 429, user_sends_too_many);
    }
    const int no_room = take_memory(exchange, exchange->call.announced);
    return no_room ? request_refuse(request, no_room_status(no_room),
                                    endpoint_no_room(no_room == BUDGET_NEVER))
                   : REQUEST_GO_ON;
}

void entry_admit_again(struct exchange *exchange)
{
    const struct endpoint_call *call = &exchange->call;
    if (!exchange_takes_body(exchange) || exchange->request.endpoint->parsing.incremental ||
        call->now_ns - call->began_ns < NS_PER_MS)
        return;
    if (admission_refuses(exchange->http, exchange->link, call->now_ns))
        request_fail(&exchange->request, 503, too_many_wait);
}

void entry_judge_size(struct exchange *exchange, uint64_t bytes)
{
    if (exchange_takes_body(exchange) &&
        !user_may_send(&exchange->user, &exchange->http->users, bytes))
        request_fail(&exchange->request, 429, user_sends_too_many);
}

/*
 * libmicrohttpd reads from a resumed connection first, and takes a half-closed one for gone when
 * there is nothing to read. So a request whose rest may all be in libmicrohttpd's buffer must not
 * be suspended before its end.
 */
bool entry_lane_comes_last(const struct exchange *exchange, uint64_t bytes)
{
    const struct lane_options *lane = &exchange->http->lane.options;
    const uint64_t announced = exchange->call.announced;
    if (lane->blocks || lane->policy == LANE_REJECT || exchange->entered_ns)
        return false;
    if (announced)
        return announced <= LANE_READ_AHEAD;
    return bytes < lane->size + LANE_READ_AHEAD && !connections_has_unread(exchange->link);
}

enum lane_result entry_lane(struct exchange *exchange)
{
    struct lane *lane = &exchange->http->lane;
    turn_leave(&exchange->http->turns, &exchange->turn); /* for others, while it waits here */
    if (!exchange->entered_ns)
        exchange->entered_ns = clock_now_ns();
    if (!connections_turn(exchange->link, LINK_WORK))
        return LANE_LEFT;
    enum lane_result result = lane_enter(lane, &exchange->place);
    if (result == LANE_LATER)
        return result;
    if (result == LANE_REFUSED)
        request_fail(&exchange->request, 503, "too many large requests at a time; try again");
    if (!exchange->all_read)
        connections_turn(exchange->link, LINK_BODY);
    exchange->passed_lane = true;
    exchange->call.now_ns = clock_now_ns();
    exchange->lane_ns = exchange->call.now_ns - exchange->entered_ns;
    if (lane->options.blocks)
        exchange->blocked_ns = exchange->lane_ns;
    return result;
}
