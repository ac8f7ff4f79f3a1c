/* http.c: see http.h. */
#include "http/http.h"

#include "base/clock.h"
#include "http/access_log.h"
#include "http/head.h"
#include "http/send.h"
#include "stats/hold.h"
#include "json/reply.h"

#include <stdlib.h>
#include <string.h>

/* One request, from its head to its completion. */
struct exchange {
    struct http *http;
    struct MHD_Connection *connection;
    struct link *link;
    uint64_t body_bytes; /* what the link's worker was told of the body */
    struct request request;
    struct endpoint_call call;
    char id[HEAD_ID_SIZE];
    char path[128]; /* for the log; a longer one is cut */
};

int http_init(struct http *http, const struct http_options *options,
              const struct endpoint_context *context)
{
    memset(http, 0, sizeof *http);
    http->options = *options;
    http->context = *context;
    connections_init(&http->connections);
    if (options->access_log)
        http->log = access_log_new(context->stats);
    return options->access_log && !http->log ? -ENOMEM : 0;
}

void http_deinit(struct http *http)
{
    if (!http->context.stats)
        return;
    access_log_free(http->log);
    http->log = NULL;
    http->context.stats = NULL;
    connections_deinit(&http->connections);
}

static void end_call(struct exchange *exchange)
{
    struct endpoint_call *call = &exchange->call;
    if (call->endpoint && call->endpoint->destroy)
        call->endpoint->destroy(call);
    call->endpoint = NULL;
}

/* Fills the answer: the endpoint's, or the refusal's. */
static void make_answer(struct exchange *exchange, struct endpoint_answer *answer)
{
    struct request *request = &exchange->request;
    struct endpoint_call *call = &exchange->call;
    if (!request->status && call->endpoint->finish(call, answer) < 0) {
        buffer_deinit(&answer->body);
        request_fail(request, 503, "out of memory; try again");
    }
    end_call(exchange);
    if (request->status) {
        answer->status = request->status;
        reply_detail(&answer->body, request->detail); /* without memory: an empty body */
    }
    answer->stage_ns[STAGE_TOTAL] = clock_now_ns() - call->began_ns;
}

/* Tells the worker what has become known of the body's size. */
static void grow_body(struct exchange *exchange, uint64_t bytes)
{
    if (bytes <= exchange->body_bytes)
        return;
    worker_request_grows(exchange->link->worker, bytes - exchange->body_bytes);
    exchange->body_bytes = bytes;
}

static void record(const struct exchange *exchange, const struct endpoint_answer *answer)
{
    const struct http *http = exchange->http;
    struct stats_reply reply = {
        .endpoint = endpoint_index(exchange->request.endpoint),
        .status = answer->status,
        .bytes_in = exchange->request.received,
        .bytes_out = answer->body.length,
        .elapsed_ns = answer->stage_ns[STAGE_TOTAL],
    };
    stats_reply(http->context.stats, &reply);
    worker_request_answered(exchange->link->worker);
    access_log_reply(http->log, exchange->id[0] ? exchange->id : "unknown", exchange->path,
                     reply.elapsed_ns, answer->body.data, answer->body.length);
}

static enum MHD_Result answer_exchange(struct exchange *exchange)
{
    struct http *http = exchange->http;
    CLEANUP(endpoint_answer_deinit)
    struct endpoint_answer answer;
    endpoint_answer_init(&answer);
    exchange->call.read_ns = clock_now_ns();
    if (exchange->request.received)
        answer.stage_ns[STAGE_READ] = exchange->call.read_ns - exchange->call.began_ns;
    make_answer(exchange, &answer);
    if (!http->options.keepalive || atomic_load(&http->draining))
        exchange->request.close = true;
    record(exchange, &answer);
    const struct worker *worker = http->options.tell_worker ? exchange->link->worker : NULL;
    return send_answer(exchange->connection, &exchange->request, &answer, exchange->id, worker);
}

static struct link *link_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void begin_call(struct exchange *exchange, int64_t now_ns, uint64_t announced)
{
    struct endpoint_call *call = &exchange->call;
    *call = (struct endpoint_call){
        .context = &exchange->http->context, .announced = announced, .began_ns = now_ns};
    if (exchange->request.status)
        return;
    call->endpoint = exchange->request.endpoint;
    if (call->endpoint->logs_begin)
        access_log_begin(exchange->http->log, exchange->id[0] ? exchange->id : "unknown",
                         exchange->path);
    if (call->endpoint->begin && call->endpoint->begin(call) < 0)
        request_fail(&exchange->request, 503, "out of memory; try again");
}

static enum MHD_Result open_exchange(struct http *http, struct MHD_Connection *connection,
                                     const char *url, const char *method, const char *version,
                                     int64_t now_ns, void **request)
{
    struct link *link = link_of(connection);
    struct exchange *exchange = link ? malloc(sizeof *exchange) : NULL;
    if (!exchange)
        return MHD_NO;
    connections_begin_request(&http->connections, link);
    worker_request_begins(link->worker);
    *request = exchange;
    exchange->link = link;
    exchange->body_bytes = 0;
    exchange->http = http;
    exchange->connection = connection;
    size_t shown = strnlen(url, sizeof exchange->path - 1);
    memcpy(exchange->path, url, shown);
    exchange->path[shown] = '\0';

    struct request_head head;
    head_read(connection, method, url, version, &head, exchange->id);
    enum request_action action = request_begin(&exchange->request, &head, http->options.max_body);
    if (action == REQUEST_GO_ON)
        grow_body(exchange, head.guard.content_length);
    begin_call(exchange, now_ns, head.guard.content_length);
    return action == REQUEST_ANSWER ? answer_exchange(exchange) : MHD_YES;
}

static enum MHD_Result take_chunk(struct exchange *exchange, const char *bytes, size_t *length)
{
    struct endpoint_call *call = &exchange->call;
    enum request_action action = request_chunk(&exchange->request, *length);
    grow_body(exchange, exchange->request.received);
    if (action == REQUEST_GO_ON && call->endpoint->chunk &&
        call->endpoint->chunk(call, bytes, *length) < 0)
        request_fail(&exchange->request, 503, "out of memory; try again");
    if (exchange->request.status)
        end_call(exchange); /* nothing of a refused body is kept */
    *length = 0;
    return action == REQUEST_CUT ? MHD_NO : MHD_YES;
}

enum MHD_Result http_handle(void *cls, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *upload,
                            size_t *upload_size, void **request)
{
    struct http *http = cls;
    int64_t start = hold_begin();
    enum MHD_Result result;
    if (!*request)
        result = open_exchange(http, connection, url, method, version, start, request);
    else if (*upload_size)
        result = take_chunk(*request, upload, upload_size);
    else
        result = answer_exchange(*request);
    hold_end(http->context.stats, start);
    return result;
}

void http_completed(void *cls, struct MHD_Connection *connection, void **request,
                    enum MHD_RequestTerminationCode why)
{
    struct exchange *exchange = *request;
    (void)cls;
    (void)connection;
    (void)why;
    if (!exchange)
        return;
    end_call(exchange);
    struct link *link = exchange->link;
    uint64_t body_bytes = exchange->body_bytes;
    connections_end_request(link);
    free(exchange);
    *request = NULL;
    worker_request_ends(link->worker, body_bytes);
}

size_t http_unescape(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strstr(text, "%00") ? strlen(text) : MHD_http_unescape(text);
}

/* The worker whose thread this is. */
static struct worker *worker_of(struct http_loop *loop)
{
    static _Thread_local unsigned own; /* 1-based; 0: not seen yet */
    if (loop->workers <= 1)
        return loop->worker;
    if (own == 0)
        own = atomic_fetch_add(&loop->threads, 1) % loop->workers + 1;
    return loop->worker + own - 1;
}

void http_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                     enum MHD_ConnectionNotificationCode event)
{
    struct http_loop *loop = cls;
    struct connections *connections = &loop->http->connections;
    if (event == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *socket_context =
            info ? connections_add(connections, info->connect_fd, worker_of(loop)) : NULL;
    } else {
        connections_remove(connections, *socket_context);
        *socket_context = NULL;
    }
}
