/* exchange.c: see exchange.h. */
#include "http/exchange.h"

#include "base/clock.h"
#include "endpoint/rows.h"
#include "http/access_log.h"
#include "http/admission.h"
#include "http/body_log.h"
#include "http/head.h"
#include "http/send.h"
#include "http/tls.h"
#include "http/turn.h"
#include "json/reply.h"

#include <stdlib.h>
#include <string.h>

/* Between two looks at what a chunked body takes of its connection: libmicrohttpd reads no more
 * than half of its memory for each. */
enum { PIECES_A_LOOK = 32 };

enum exchange_phase {
    ENTERING,  /* the head is judged; it may wait in the lane */
    READING,   /* the body comes in */
    READ,      /* all is read; it may wait in the lane, then it is answered or handed over */
    FINISHING, /* the endpoint makes the answer, a part in each turn of the loop */
    HANDLING,  /* a handler thread has it */
};

struct exchange {
    struct http *http;
    struct MHD_Connection *connection;
    struct link *link;
    uint64_t body_bytes; /* what the link's worker was told of the body */
    enum exchange_phase phase;
    bool passed_lane; /* admitted or refused */
    bool all_read;    /* of the request, by libmicrohttpd */
    bool answered;    /* an answer was made and counted */
    bool chunked;
    bool client_closes;    /* it asked for the connection's end */
    unsigned pieces;       /* of a chunked body, since the last look at the connection */
    size_t memory;         /* of libmicrohttpd's, that such a request has taken but for its body */
    uint64_t bytes_before; /* read off the connection before the body of such a request */
    struct request request;
    struct endpoint_call call;
    struct endpoint_answer answer;
    struct send_kept kept;
    struct lane_place place;
    struct user user;
    struct job job;
    int64_t entered_ns;   /* when it came to the lane; 0: never */
    int64_t lane_ns;      /* waited in the lane */
    int64_t blocked_ns;   /* of that, with its thread blocked in this callback */
    int64_t handler_ns;   /* waited for a handler thread */
    struct hold hold;     /* of the callbacks, once the body is known to be large */
    struct buffer logged; /* the body, with --log-bodies */
    char id[HEAD_ID_SIZE];
    char path[128]; /* for the log; a longer one is cut */
};

static const char *logged_id(const struct exchange *exchange)
{
    return exchange->id[0] ? exchange->id : "unknown";
}

static void end_call(struct exchange *exchange)
{
    struct endpoint_call *call = &exchange->call;
    if (call->endpoint && call->endpoint->destroy)
        call->endpoint->destroy(call);
    call->endpoint = NULL;
    if (call->taken)
        budget_give(&exchange->http->context.budget, call->taken);
    call->taken = 0;
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
        body_log_write(logged_id(exchange), exchange->path, &exchange->logged);
    if (result < 0) {
        buffer_deinit(&exchange->answer.body);
        request_fail(&exchange->request, 503, "out of memory; try again");
    }
    end_call(exchange);
    return true;
}

/* Tells the worker what has become known of the body's size. */
static void grow_body(struct exchange *exchange, uint64_t bytes)
{
    if (bytes <= exchange->body_bytes)
        return;
    worker_request_grows(exchange->link->worker, bytes - exchange->body_bytes);
    held_bytes(&exchange->link->held, bytes);
    exchange->body_bytes = bytes;
    exchange->hold.followed = bytes >= exchange->http->options.lane.size;
}

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
    access_log_reply(http->log, logged_id(exchange), exchange->path, reply.elapsed_ns,
                     answer->body.data, answer->body.length);
}

/* What has come of the body says so, not what was announced. */
static bool goes_to_a_handler(const struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    return request->received >= exchange->link->worker->hands_over_from && !request->status &&
           request->endpoint->method == ENDPOINT_POST;
}

/* All is read that will be, and it is our turn. Returns false when the connection was cut. */
static bool begin_work(struct exchange *exchange)
{
    if (exchange->http->options.counts_work || goes_to_a_handler(exchange))
        connections_count_work(exchange->link);
    return connections_turn(exchange->link, LINK_WORK);
}

/* Completes the answer that finish_call made, or the refusal, and takes note of it. */
static void complete_answer(struct exchange *exchange)
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

static enum MHD_Result reply(struct exchange *exchange)
{
    complete_answer(exchange);
    connections_turn(exchange->link, LINK_REPLY);
    const bool tells = exchange->http->options.tell_worker;
    const struct worker *worker = tells ? exchange->link->worker : NULL;
    return send_answer(exchange->connection, &exchange->kept, &exchange->request, &exchange->answer,
                       exchange->id, worker);
}

/* Nothing more of the body will be read. */
static void end_reading(struct exchange *exchange)
{
    struct endpoint_call *call = &exchange->call;
    call->read_ns = call->now_ns;
    if (exchange->request.received)
        exchange->answer.stage_ns[STAGE_READ] = call->read_ns - call->began_ns - exchange->lane_ns;
}

/* Refuses in mid-body, where libmicrohttpd takes no reply, and closes. */
static enum MHD_Result cut(struct exchange *exchange)
{
    end_reading(exchange);
    end_call(exchange);
    exchange->request.close = true;
    if (!connections_turn(exchange->link, LINK_REPLY))
        return MHD_NO;
    complete_answer(exchange);
    send_at_once(exchange->link, &exchange->request, &exchange->answer, exchange->id);
    return MHD_NO;
}

/* Without a reply libmicrohttpd calls again in its next turn. */
static enum MHD_Result finish_here(struct exchange *exchange)
{
    exchange->phase = FINISHING;
    return finish_call(exchange) ? reply(exchange) : MHD_YES;
}

static enum MHD_Result answer_here(struct exchange *exchange)
{
    end_reading(exchange);
    return begin_work(exchange) ? finish_here(exchange) : MHD_NO;
}

/* In a handler thread. */
static void answer_there(void *cls)
{
    struct exchange *exchange = cls;
    const int64_t began_ns = clock_now_ns();
    exchange->handler_ns = began_ns - exchange->call.read_ns;
    worker_request_handled(exchange->link->worker);
    while (!finish_call(exchange))
        continue;
    exchange->user.handler_ns = clock_now_ns() - began_ns;
}

static enum MHD_Result hand_over(struct exchange *exchange)
{
    exchange->phase = HANDLING;
    exchange->job = (struct job){
        .connection = exchange->connection,
        .run = answer_there,
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
    return reply(exchange);
}

struct link *exchange_link(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void begin_call(struct exchange *exchange)
{
    struct endpoint_call *call = &exchange->call;
    exchange->phase = READING;
    if (exchange->request.status)
        return;
    call->endpoint = exchange->request.endpoint;
    if (call->endpoint->logs_begin)
        access_log_begin(exchange->http->log, logged_id(exchange), exchange->path);
    if (call->endpoint->begin && call->endpoint->begin(call) < 0)
        request_fail(&exchange->request, 503, "out of memory; try again");
}

/* Enters the lane, or asks again after a wait. */
static enum lane_result enter_lane(struct exchange *exchange)
{
    const struct lane *lane = &exchange->http->lane;
    if (!exchange->entered_ns)
        exchange->entered_ns = clock_now_ns();
    if (!connections_turn(exchange->link, LINK_WORK))
        return LANE_LEFT;
    enum lane_result result = lane_enter(&exchange->http->lane, &exchange->place);
    if (result == LANE_LATER)
        return result; /* suspended: another thread may have the exchange now */
    if (!exchange->all_read)
        connections_turn(exchange->link, LINK_BODY);
    exchange->passed_lane = true;
    exchange->call.now_ns = clock_now_ns();
    exchange->lane_ns = exchange->call.now_ns - exchange->entered_ns;
    if (lane->options.blocks)
        exchange->blocked_ns = exchange->lane_ns;
    return result;
}

static bool is_announced_large(const struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    return !request->status && request->endpoint->method == ENDPOINT_POST &&
           lane_concerns(&exchange->http->lane, exchange->call.announced);
}

static const char lane_is_full[] = "too many large requests at a time; try again";

/*
 * Whether a large body, of which `bytes` have come, is read to its end before it enters the lane.
 * libmicrohttpd reads from a resumed connection first, and takes a half-closed one for
 * gone when there is nothing to read. So a request whose rest may all be in libmicrohttpd's
 * buffer must not be suspended before its end.
 */
static bool enters_at_its_end(const struct exchange *exchange, uint64_t bytes)
{
    const struct lane_options *lane = &exchange->http->lane.options;
    const uint64_t announced = exchange->call.announced;
    if (lane->blocks || lane->policy == LANE_REJECT || exchange->entered_ns)
        return false;
    if (announced)
        return announced <= LANE_READ_AHEAD;
    return bytes < lane->size + LANE_READ_AHEAD && !connections_has_unread(exchange->link);
}

/* The first call, and its repetition after a wait in the lane. */
static enum MHD_Result enter(struct exchange *exchange)
{
    enum request_action action = REQUEST_GO_ON;
    enum lane_result lane = LANE_GO;
    if (is_announced_large(exchange) && !enters_at_its_end(exchange, 0))
        lane = enter_lane(exchange);
    if (lane == LANE_LATER)
        return MHD_YES;
    if (lane == LANE_LEFT)
        return MHD_NO;
    if (lane == LANE_REFUSED)
        action = request_refuse(&exchange->request, 503, lane_is_full);
    begin_call(exchange);
    return action == REQUEST_ANSWER ? answer_here(exchange) : MHD_YES;
}

/* A connection's requests share their memory: there is one at a time. */
static struct exchange *exchange_of(struct link *link)
{
    if (link && !link->exchange)
        link->exchange = calloc(1, sizeof *link->exchange);
    return link ? link->exchange : NULL;
}

static enum MHD_Result take_field(void *cls, enum MHD_ValueKind kind, const char *name,
                                  size_t name_length, const char *value, size_t value_length)
{
    if (kind == MHD_HEADER_KIND)
        head_field(cls, name, name_length, value ? value : "", value_length);
    else
        head_entry(cls);
    return MHD_YES;
}

static void read_head(const struct exchange_start *start, struct request_head *head, char *id)
{
    head_begin(head, start->method, start->url, start->version, id);
    MHD_get_connection_values_n(start->connection,
                                MHD_HEADER_KIND | MHD_COOKIE_KIND | MHD_GET_ARGUMENT_KIND,
                                take_field, head);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(start->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    head_end(head, info ? info->header_size : 0);
}

static void begin_answer(struct exchange *exchange)
{
    struct buffer body = exchange->answer.body;
    endpoint_answer_init(&exchange->answer);
    exchange->answer.body = body;
}

static const char too_many_wait[] = "more requests wait than the server takes; try again";

/*
 * What the operator asks is answered as long as there are connections. A draining server answers
 * all that it has accepted.
 */
static enum request_action admit(struct exchange *exchange, int64_t now_ns)
{
    struct http *http = exchange->http;
    struct request *request = &exchange->request;
    struct link *link = exchange->link;
    link->over =
        link->over && !atomic_load(&http->draining) && connections_are_too_many(&http->connections);
    request->close |= link->over;
    if (request->status || request->endpoint->method != ENDPOINT_POST)
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

/* When the body is read, unless it came with the head: others may have come in beside it. */
static void admit_again(struct exchange *exchange)
{
    const struct endpoint_call *call = &exchange->call;
    const struct request *request = &exchange->request;
    if (request->status || request->endpoint->method != ENDPOINT_POST ||
        request->endpoint->parsing.incremental || call->now_ns - call->began_ns < NS_PER_MS)
        return;
    if (admission_refuses(exchange->http, exchange->link, call->now_ns))
        request_fail(&exchange->request, 503, too_many_wait);
}

enum MHD_Result exchange_open(struct http *http, const struct exchange_start *start,
                              struct exchange **opened)
{
    struct link *link = exchange_link(start->connection);
    struct exchange *exchange = exchange_of(link);
    if (!exchange)
        return MHD_NO;
    if (!connections_begin_request(&http->connections, link))
        return MHD_NO;
    *opened = exchange;
    worker_tick(link->worker, start->now_ns);
    worker_request_begins(link->worker);
    exchange->http = http;
    exchange->connection = start->connection;
    exchange->link = link;
    exchange->body_bytes = 0;
    exchange->hold = (struct hold){.recent = &link->worker->recent};
    exchange->passed_lane = exchange->all_read = exchange->answered = false;
    size_t shown = strnlen(start->url, sizeof exchange->path - 1);
    memcpy(exchange->path, start->url, shown);
    exchange->path[shown] = '\0';
    exchange->phase = ENTERING;
    exchange->entered_ns = exchange->lane_ns = exchange->blocked_ns = exchange->handler_ns = 0;
    begin_answer(exchange);

    struct request_head head;
    read_head(start, &head, exchange->id);
    held_open(&link->held, logged_id(exchange), exchange->path, start->now_ns);
    if (link->bad_target)
        head_refuse(&head, 400, "the target has a control character");
    link->bad_target = false;
    user_begin(&exchange->user, &http->users, start->connection, link->worker, &head);
    enum request_action action = request_begin(&exchange->request, &head, &http->options.limits);
    exchange->call = (struct endpoint_call){.context = &http->context,
                                            .announced = head.content_length,
                                            .began_ns = start->now_ns,
                                            .now_ns = start->now_ns,
                                            .memory = exchange->call.memory};
    exchange->place = (struct lane_place){
        .connection = start->connection,
        .fd = link->fd,
        .to_come = head.content_length,
    };
    exchange->client_closes = head.closes;
    exchange->chunked = head.chunked;
    if (head.chunked) {
        exchange->pieces = 0;
        exchange->memory = head.memory;
        exchange->bytes_before = connections_bytes_read(link);
    }
    if (action == REQUEST_GO_ON)
        action = admit(exchange, start->now_ns);
    if (action == REQUEST_ANSWER)
        return head.no_room ? cut(exchange) : answer_here(exchange);
    grow_body(exchange, exchange->call.announced);
    return enter(exchange);
}

/* Whether what the endpoint holds by now finds room; the request fails where it does not. */
static bool finds_room(struct exchange *exchange)
{
    const int no_room = take_memory(exchange, exchange->request.received);
    if (no_room)
        request_fail(&exchange->request, no_room_status(no_room),
                     endpoint_no_room(no_room == BUDGET_NEVER));
    return !no_room;
}

/* Hands body bytes to the endpoint, whose request fails where there is no memory for them. */
static void take_bytes(struct exchange *exchange, const char *bytes, size_t length)
{
    struct endpoint_call *call = &exchange->call;
    if (!call->endpoint->chunk)
        return;
    if (call->endpoint->foresee) {
        call->endpoint->foresee(call, bytes, length);
        if (!finds_room(exchange))
            return;
    }
    int error = 0;
    if (exchange->http->options.log_bodies)
        error = buffer_append(&exchange->logged, bytes, length);
    if (error || call->endpoint->chunk(call, bytes, length) < 0)
        request_fail(&exchange->request, 503, "out of memory; try again");
    else
        finds_room(exchange);
}

/*
 * How many of these body bytes are taken at once; between two pieces the loop may turn to others.
 * libmicrohttpd reads before it hands over what it kept, unless it has only body bytes to come, and
 * takes a half-closed connection for gone when there is nothing to read.
 */
static size_t piece_of(const struct exchange *exchange, size_t length)
{
    const struct endpoint *endpoint = exchange->call.endpoint;
    const uint64_t end = exchange->request.received + length;
    if (!endpoint || !endpoint->piece || length <= endpoint->piece)
        return length;
    return end < exchange->call.announced || connections_has_unread(exchange->link)
               ? endpoint->piece
               : length;
}

/* A body whose length was not announced turns out to be one large body too many of its user. */
static void judge_size(struct exchange *exchange, uint64_t bytes)
{
    const struct request *request = &exchange->request;
    if (!request->status && request->endpoint->method == ENDPOINT_POST &&
        !user_may_send(&exchange->user, &exchange->http->users, bytes))
        request_fail(&exchange->request, 429, user_sends_too_many);
}

/* With `length` bytes more it is large, and has not been in the lane yet. */
static bool is_due_in_lane(const struct exchange *exchange, size_t length)
{
    const struct request *request = &exchange->request;
    return !exchange->passed_lane && !request->status &&
           request->endpoint->method == ENDPOINT_POST &&
           lane_concerns(&exchange->http->lane, request->received + length);
}

/* In the middle of the body, or at its end. */
static enum lane_result enter_lane_late(struct exchange *exchange)
{
    enum lane_result lane = enter_lane(exchange);
    if (lane == LANE_REFUSED)
        request_fail(&exchange->request, 503, lane_is_full);
    return lane;
}

/* Whether what its chunks take beside the body is within reason, looked at now and then. */
static enum request_action judge_wire(struct exchange *exchange)
{
    if (!exchange->chunked || ++exchange->pieces < PIECES_A_LOOK)
        return REQUEST_GO_ON;
    exchange->pieces = 0;
    uint64_t read = connections_bytes_read(exchange->link);
    bool known = read > exchange->bytes_before;
    return known ? request_wire(&exchange->request, read - exchange->bytes_before) : REQUEST_GO_ON;
}

/* `length`: what is left of it. LANE_LATER leaves all. */
static enum MHD_Result take_piece(struct exchange *exchange, int64_t now_ns, const char *bytes,
                                  size_t *length, size_t taken)
{
    exchange->call.now_ns = now_ns;
    judge_size(exchange, exchange->request.received + taken);
    if (is_due_in_lane(exchange, taken) &&
        !enters_at_its_end(exchange, exchange->request.received + taken)) {
        enum lane_result lane = enter_lane_late(exchange);
        if (lane == LANE_LATER)
            return MHD_YES;
        if (lane == LANE_LEFT)
            return MHD_NO;
    }
    enum request_action action = request_chunk(&exchange->request, taken);
    grow_body(exchange, exchange->request.received);
    if (exchange->request.received > ADMISSION_BULK)
        connections_count_work(exchange->link);
    if (action == REQUEST_GO_ON)
        take_bytes(exchange, bytes, taken);
    if (exchange->request.status)
        end_call(exchange); /* nothing of a refused body is kept */
    *length -= taken;
    if (action != REQUEST_CUT)
        action = judge_wire(exchange);
    return action == REQUEST_CUT ? cut(exchange) : MHD_YES;
}

enum MHD_Result exchange_chunk(struct exchange *exchange, int64_t now_ns, const char *bytes,
                               size_t *length)
{
    size_t piece = piece_of(exchange, *length);
    if (piece < *length && turn_is_newcomers())
        return take_piece(exchange, now_ns, bytes, length, 1); /* it complains of none */
    for (int64_t time_ns = now_ns;;) {
        const size_t left = *length;
        const enum MHD_Result result = take_piece(exchange, time_ns, bytes, length, piece);
        time_ns = clock_now_ns();
        if (result == MHD_NO || *length == 0 || *length == left ||
            time_ns - now_ns >= TURN_SLICE_NS)
            return result;
        bytes += piece;
        piece = piece_of(exchange, *length);
    }
}

/* All is read, and libmicrohttpd is past reading: it may be suspended. */
static enum MHD_Result go_on_at_the_end(struct exchange *exchange)
{
    if (is_due_in_lane(exchange, 0)) {
        enum lane_result lane = enter_lane_late(exchange);
        if (lane == LANE_LATER)
            return MHD_YES;
        if (lane == LANE_LEFT)
            return MHD_NO;
        end_reading(exchange); /* the wait does not count as reading */
    }
    return goes_to_a_handler(exchange) ? hand_over(exchange) : answer_here(exchange);
}

static enum MHD_Result judge_trailer(void *cls, enum MHD_ValueKind kind, const char *name,
                                     size_t name_length, const char *value, size_t value_length)
{
    struct exchange *exchange = cls;
    (void)kind, (void)name;
    exchange->memory += HEAD_ENTRY_MEMORY + name_length + value_length + sizeof ": \r\n";
    if (value && !head_text_is_clean(value, value_length))
        request_fail_and_close(&exchange->request, 400,
                               "a trailer's value has a control character");
    return MHD_YES;
}

/* libmicrohttpd has read the request to its end. */
static enum request_action end_of_request(struct exchange *exchange)
{
    exchange->all_read = true;
    if (!exchange->chunked)
        return REQUEST_GO_ON;
    MHD_get_connection_values_n(exchange->connection, MHD_FOOTER_KIND, judge_trailer, exchange);
    if (exchange->memory <= HEAD_MEMORY_MAX)
        return REQUEST_GO_ON;
    request_fail_and_close(&exchange->request, 431,
                           "the trailers are longer than this server takes");
    return REQUEST_CUT;
}

enum MHD_Result exchange_go_on(struct exchange *exchange, int64_t now_ns)
{
    exchange->call.now_ns = now_ns;
    switch (exchange->phase) {
    case ENTERING:
        return enter(exchange);
    case READING:
        if (end_of_request(exchange) == REQUEST_CUT)
            return cut(exchange);
        admit_again(exchange);
        if (!goes_to_a_handler(exchange) && !is_due_in_lane(exchange, 0))
            return answer_here(exchange);
        /*
         * libmicrohttpd reads from a resumed connection first and takes a
         * half-closed one for gone, unless it was past reading already: one
         * more round of the loop brings it there.
         */
        end_reading(exchange);
        exchange->phase = READ;
        return begin_work(exchange) ? MHD_YES : MHD_NO;
    case READ:
        return go_on_at_the_end(exchange);
    case FINISHING:
        return finish_here(exchange);
    default:
        return exchange->job.done ? reply(exchange) : MHD_NO;
    }
}

struct link *exchange_connection(const struct exchange *exchange)
{
    return exchange->link;
}

int64_t exchange_take_blocked(struct exchange *exchange)
{
    int64_t blocked = exchange->blocked_ns;
    exchange->blocked_ns = 0;
    return blocked;
}

struct hold *exchange_hold(struct exchange *exchange)
{
    return &exchange->hold;
}

/*
 * If the request ends its connection: what the client still sends of it is read after the
 * close. Before the request counts as over, so that a drain waits.
 */
static void end_connection(struct exchange *exchange, bool replied)
{
    struct link *link = exchange->link;
    link->ended_well =
        replied && exchange->all_read && (exchange->request.close || exchange->client_closes);
    link->lingers = exchange->request.close && !exchange->all_read;
    if (link->lingers && link->tls)
        tls_end_writing(link->tls);
    if (link->lingers)
        lingering_take(&exchange->http->lingering, link->fd);
}

/* The reaper has cut the connection in mid-body, and told the client so. */
static void record_408(struct exchange *exchange)
{
    buffer_clear(&exchange->answer.body, ENDPOINT_KEPT);
    exchange->request.status = 0;
    request_fail(&exchange->request, 408, "the request did not come in time");
    complete_answer(exchange);
}

void exchange_close(struct exchange *exchange, bool replied)
{
    struct link *link = exchange->link;
    uint64_t body_bytes = exchange->body_bytes;
    end_call(exchange);
    connections_uncount_work(link);
    if (connections_is_cut(link) && !exchange->answered)
        record_408(exchange);
    end_connection(exchange, replied);
    held_close(&link->held, &exchange->http->reaper.held);
    lane_leave(&exchange->http->lane, &exchange->place);
    buffer_clear(&exchange->answer.body, ENDPOINT_KEPT);
    buffer_deinit(&exchange->logged);
    connections_turn(link, LINK_HEAD);
    user_end(&exchange->user, &exchange->http->users, &exchange->hold, exchange->request.received);
    if (exchange->answered)
        hold_close(exchange->http->context.stats, &exchange->hold);
    worker_request_ends(link->worker, body_bytes);
}

void exchange_free(struct exchange *exchange)
{
    if (!exchange)
        return;
    buffer_deinit(&exchange->answer.body);
    buffer_deinit(&exchange->call.memory);
    send_kept_deinit(&exchange->kept);
    free(exchange);
}
