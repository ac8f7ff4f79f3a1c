/* exchange.c: see exchange.h. */
#include "http/exchange.h"

#include "base/clock.h"
#include "http/access_log.h"
#include "http/admission.h"
#include "http/answer.h"
#include "http/entry.h"
#include "http/head.h"
#include "http/turn.h"

#include <stdlib.h>
#include <string.h>

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
        access_log_begin(exchange->http->log, exchange_logged_id(exchange), exchange->path);
    if (call->endpoint->begin && call->endpoint->begin(call) < 0)
        request_fail(&exchange->request, 503, "out of memory; try again");
}

/* The first call, and its repetition after a wait in the lane. */
static enum MHD_Result enter(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    enum request_action action = REQUEST_GO_ON;
    enum lane_result lane = LANE_GO;
    if (entry_lane_is_due(exchange, exchange->call.announced) &&
        !entry_lane_comes_last(exchange, 0))
        lane = entry_lane(exchange);
    if (lane == LANE_LATER)
        return MHD_YES;
    if (lane == LANE_LEFT)
        return MHD_NO;
    if (lane == LANE_REFUSED)
        action = request_refuse(request, request->status, request->detail);
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

enum MHD_Result exchange_open(struct http *http, const struct exchange_start *start,
                              struct exchange **opened)
{
    struct link *link = exchange_link(start->connection);
    struct exchange *exchange = exchange_of(link);
    if (!exchange)
        return MHD_NO;
    if (!connections_turn(link, LINK_BODY))
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
    held_open(&link->held, exchange_logged_id(exchange), exchange->path, start->now_ns);
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
    exchange->turn.connection = start->connection;
    exchange->client_closes = head.closes;
    chunked_begin(&exchange->chunked, &head, link);
    if (action == REQUEST_GO_ON)
        action = entry_admit(exchange, start->now_ns);
    if (action == REQUEST_ANSWER)
        return head.no_room ? answer_cut(exchange) : answer_here(exchange);
    grow_body(exchange, exchange->call.announced);
    return enter(exchange);
}

/* Hands body bytes to the endpoint, whose request fails where there is no memory for them. */
static void take_bytes(struct exchange *exchange, const char *bytes, size_t length)
{
    struct endpoint_call *call = &exchange->call;
    if (!call->endpoint->chunk)
        return;
    if (call->endpoint->foresee) {
        call->endpoint->foresee(call, bytes, length);
        if (!entry_finds_room(exchange))
            return;
    }
    int error = 0;
    if (exchange->http->options.log_bodies)
        error = buffer_append(&exchange->logged, bytes, length);
    if (error || call->endpoint->chunk(call, bytes, length) < 0)
        request_fail(&exchange->request, 503, "out of memory; try again");
    else
        entry_finds_room(exchange);
}

/*
 * Whether these body bytes are parsed in slices, between which the loop turns to others, for which
 * the connection may be suspended, too. libmicrohttpd reads before it hands over what it kept,
 * unless it has only body bytes to come, and takes a half-closed connection for gone when there is
 * nothing to read: so not when they may be the last.
 */
static bool is_in_slices(const struct exchange *exchange, size_t length)
{
    const struct endpoint *endpoint = exchange->call.endpoint;
    const uint64_t end = exchange->request.received + length;
    return endpoint && endpoint->piece && end > endpoint->piece &&
           (end < exchange->call.announced || connections_has_unread(exchange->link));
}

/*
 * Whether libmicrohttpd surely calls again in its next turn, when `left` bytes were not taken. What
 * the kernel has may be the framing of a chunked body, or a part of a record under TLS.
 */
static bool is_called_again(const struct exchange *exchange, size_t left)
{
    const uint64_t announced = exchange->call.announced;
    if (left || exchange->request.received == announced)
        return true;
    return announced && !exchange->link->tls && connections_has_unread(exchange->link);
}

/* `length`: what is left of it. LANE_LATER leaves all. */
static enum MHD_Result take_piece(struct exchange *exchange, int64_t now_ns, const char *bytes,
                                  size_t *length, size_t taken)
{
    struct request *request = &exchange->request;
    const uint64_t come = request->received + taken;
    exchange->call.now_ns = now_ns;
    entry_judge_size(exchange, come);
    if (entry_lane_is_due(exchange, come) && !entry_lane_comes_last(exchange, come)) {
        enum lane_result lane = entry_lane(exchange);
        if (lane == LANE_LATER)
            return MHD_YES;
        if (lane == LANE_LEFT)
            return MHD_NO;
    }
    enum request_action action = request_chunk(request, taken);
    grow_body(exchange, come);
    if (come > ADMISSION_BULK)
        connections_count_work(exchange->link);
    if (action == REQUEST_GO_ON)
        take_bytes(exchange, bytes, taken);
    if (request->status)
        answer_end_call(exchange); /* nothing of a refused body is kept */
    *length -= taken;
    if (action != REQUEST_CUT)
        action = chunked_piece(&exchange->chunked, exchange->link, request);
    return action == REQUEST_CUT ? answer_cut(exchange) : MHD_YES;
}

/* False: it waits, suspended. */
static bool takes_turn(struct exchange *exchange)
{
    const bool takes = turn_take(&exchange->http->turns, &exchange->turn);
    if (!takes)
        worker_body_waits(exchange->link->worker);
    return takes;
}

/* Pieces of up to `most` bytes, until they are a slice. */
static enum MHD_Result take_slice(struct exchange *exchange, int64_t now_ns, const char *bytes,
                                  size_t *length, size_t most)
{
    for (int64_t time_ns = now_ns;;) {
        const size_t left = *length;
        const size_t piece = left < most ? left : most;
        const enum MHD_Result result = take_piece(exchange, time_ns, bytes, length, piece);
        if (result == MHD_NO || *length == 0 || *length == left)
            return result;
        time_ns = clock_now_ns();
        if (time_ns - now_ns >= TURN_SLICE_NS)
            return result;
        bytes += piece;
    }
}

enum MHD_Result exchange_chunk(struct exchange *exchange, int64_t now_ns, const char *bytes,
                               size_t *length)
{
    const size_t all = *length;
    size_t most = all;
    if (is_in_slices(exchange, all)) {
        most = exchange->call.endpoint->piece;
        if (!takes_turn(exchange))
            return MHD_YES;
        if (most < all && turn_is_newcomers()) {
            worker_gives_way(exchange->link->worker);
            return take_piece(exchange, now_ns, bytes, length, 1); /* it complains of none */
        }
    }
    const enum MHD_Result result = take_slice(exchange, now_ns, bytes, length, most);
    turn_used(&exchange->http->turns, &exchange->turn,
              *length < all && is_called_again(exchange, *length));
    return result;
}

/* The request was read to its end, by libmicrohttpd. */
static enum MHD_Result end_body(struct exchange *exchange)
{
    exchange->all_read = true;
    if (chunked_end(&exchange->chunked, exchange->connection, &exchange->request) == REQUEST_CUT)
        return answer_cut(exchange);
    entry_admit_again(exchange);
    if (!answer_is_for_a_handler(exchange) &&
        !entry_lane_is_due(exchange, exchange->request.received))
        return answer_here(exchange);
    /*
     * libmicrohttpd reads from a resumed connection first and takes a half-closed one for gone,
     * unless it was past reading already: one more round of the loop brings it there.
     */
    answer_end_reading(exchange);
    exchange->phase = READ;
    return answer_begin_work(exchange) ? MHD_YES : MHD_NO;
}

/* All is read, and libmicrohttpd is past reading: it may be suspended. */
static enum MHD_Result go_on_at_the_end(struct exchange *exchange)
{
    if (entry_lane_is_due(exchange, exchange->request.received)) {
        enum lane_result lane = entry_lane(exchange);
        if (lane == LANE_LATER)
            return MHD_YES;
        if (lane == LANE_LEFT)
            return MHD_NO;
        answer_end_reading(exchange); /* the wait does not count as reading */
    }
    return answer_is_for_a_handler(exchange) ? answer_there(exchange) : answer_here(exchange);
}

/* What is left of the answer's making is in slices, too, if the body's parse was. */
static enum MHD_Result go_on_finishing(struct exchange *exchange)
{
    if (exchange->call.endpoint->piece && !takes_turn(exchange))
        return MHD_YES;
    const enum MHD_Result result = answer_go_on(exchange);
    turn_used(&exchange->http->turns, &exchange->turn, true);
    return result;
}

enum MHD_Result exchange_go_on(struct exchange *exchange, int64_t now_ns)
{
    exchange->call.now_ns = now_ns;
    switch (exchange->phase) {
    case ENTERING:
        return enter(exchange);
    case READING:
        return end_body(exchange);
    case READ:
        return go_on_at_the_end(exchange);
    case FINISHING:
        return go_on_finishing(exchange);
    default:
        return exchange->job.done ? answer_send(exchange) : MHD_NO;
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

void exchange_close(struct exchange *exchange, bool replied)
{
    struct link *link = exchange->link;
    uint64_t body_bytes = exchange->body_bytes;
    answer_end_call(exchange);
    connections_uncount_work(link);
    if (connections_is_cut(link) && !exchange->answered)
        answer_note_408(exchange);
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
