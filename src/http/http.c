/* http.c: see http.h. */
#include "http/http.h"

#include "http/access_log.h"
#include "http/exchange.h"
#include "stats/hold.h"

#include <string.h>

int http_init(struct http *http, const struct http_options *options,
              const struct endpoint_context *context)
{
    memset(http, 0, sizeof *http);
    http->options = *options;
    http->context = *context;
    connections_init(&http->connections);
    lingering_init(&http->lingering);
    int error = 0;
    if (options->access_log) {
        http->log = access_log_new(context->stats);
        error = http->log ? 0 : -ENOMEM;
    }
    lane_init(&http->lane, &options->lane, context->lane);
    return error;
}

int http_start_handlers(struct http *http, unsigned threads, unsigned queue)
{
    http->context.handlers = &http->handlers.gauges;
    return handlers_start(&http->handlers, threads, queue);
}

bool http_tick(struct http *http)
{
    connections_tell_ends(&http->connections);
    return lane_tick(&http->lane);
}

void http_drain(struct http *http)
{
    atomic_store(&http->draining, true);
    lingering_hurry(&http->lingering);
}

unsigned http_lingering(const struct http *http)
{
    return lingering_count(&http->lingering);
}

void http_stop(struct http *http)
{
    lane_stop(&http->lane);
    handlers_stop(&http->handlers);
    lingering_stop(&http->lingering);
}

void http_deinit(struct http *http)
{
    if (!http->context.stats)
        return;
    handlers_deinit(&http->handlers);
    access_log_free(http->log);
    http->log = NULL;
    http->context.stats = NULL;
    lingering_deinit(&http->lingering);
    connections_deinit(&http->connections);
}

enum MHD_Result http_handle(void *cls, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *upload,
                            size_t *upload_size, void **request)
{
    struct http *http = cls;
    struct exchange_start start = {connection, url, method, version, hold_begin()};
    enum MHD_Result result;
    if (!*request)
        result = exchange_open(http, &start, (struct exchange **)request);
    else if (*upload_size)
        result = exchange_chunk(*request, start.now_ns, upload, upload_size);
    else
        result = exchange_go_on(*request, start.now_ns);
    if (http->options.lane.blocks && *request)
        start.now_ns += exchange_take_blocked(*request);
    hold_end(http->context.stats, start.now_ns);
    return result;
}

void http_completed(void *cls, struct MHD_Connection *connection, void **request,
                    enum MHD_RequestTerminationCode why)
{
    (void)cls;
    (void)connection;
    if (*request)
        exchange_close(*request, why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    *request = NULL;
}

size_t http_unescape(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    const size_t length = strlen(text);
    struct link *link = exchange_link(connection);
    if (link && !head_text_is_clean(text, length))
        link->bad_target = true;
    if (!strchr(text, '%') || strstr(text, "%00"))
        return length;
    return MHD_http_unescape(text);
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
        struct link *link = *socket_context;
        if (link) {
            exchange_free(link->exchange);
            if (!link->lingers && connections_end_may_reset(link))
                lingering_take(&loop->http->lingering, link->fd);
        }
        connections_remove(connections, link);
        *socket_context = NULL;
    }
}
