/* callbacks.c: see callbacks.h. */
#include "http/callbacks.h"

#include "base/clock.h"
#include "http/exchange.h"
#include "http/head.h"
#include "http/turn.h"
#include "stats/hold.h"

#include <string.h>
#include <sys/socket.h>

enum MHD_Result http_handle(void *cls, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *upload,
                            size_t *upload_size, void **request)
{
    struct http *http = cls;
    struct exchange_start start = {connection, url, method, version, hold_begin()};
    enum MHD_Result result;
    if (*request)
        held_begin(&exchange_connection(*request)->held, start.now_ns);
    if (!*request)
        result = exchange_open(http, &start, (struct exchange **)request);
    else if (*upload_size)
        result = exchange_chunk(*request, start.now_ns, upload, upload_size);
    else
        result = exchange_go_on(*request, start.now_ns);
    if (http->options.lane.blocks && *request)
        start.now_ns += exchange_take_blocked(*request);
    const struct hold_time time =
        hold_end(http->context.stats, start.now_ns, *request ? exchange_hold(*request) : NULL);
    if (*request) {
        struct link *link = exchange_connection(*request);
        if (!http->options.counts_work) /* the thread of one connection tells of no loop */
            worker_is_seen(link->worker, time.ended_ns);
        held_end(&link->held, &time, &http->connections.lock);
    }
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

void http_question(const struct http_loop *loop, struct sockaddr_un *question)
{
    const uint64_t given = atomic_load(&loop->given);
    *question = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(question->sun_path, &given, sizeof given);
}

/* The address of a connection that is a question of the main thread (daemon/life.h); NULL: it is a
 * client's. */
static const struct sockaddr *question_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const bool asks = info && info->client_addr && info->client_addr->sa_family == AF_UNIX;
    return asks ? info->client_addr : NULL;
}

static void take_question(struct http_loop *loop, const struct sockaddr *address)
{
    struct worker *worker = worker_of(loop);
    struct sockaddr_un question;
    uint64_t given;
    memcpy(&question, address, sizeof question);
    memcpy(&given, question.sun_path, sizeof given);
    while (atomic_load(&worker->connections) < given)
        worker_connection_lost(worker);
    worker_is_seen(worker, clock_now_ns());
}

/* Whether a connection that has just come is served, and at whose cost. */
static void admit(struct http *http, struct MHD_Connection *connection, struct link *link)
{
    const unsigned most = http->options.max_per_ip;
    if (most) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        if (info && connections_count_address(&http->connections, link, info->client_addr) > most)
            reaper_refuse(&http->reaper, link, STATS_PER_IP);
    }
    if (connections_are_too_many(&http->connections)) {
        const struct worker *here = http->options.counts_work ? NULL : link->worker;
        link->over = !reaper_make_room(&http->reaper, here);
    }
}

/* A connection has come; NULL without memory: then it is ended, as no deadline would. */
static struct link *take_in(struct http_loop *loop, struct MHD_Connection *connection, int fd)
{
    struct http *http = loop->http;
    struct worker *worker = worker_of(loop);
    struct tls_session *tls = NULL;
    if (http->tls)
        tls = tls_begin(http->tls, connection, fd, http->context.stats);
    struct link *link =
        !http->tls || tls ? connections_add(&http->connections, fd, worker, tls) : NULL;
    if (link) {
        admit(http, connection, link);
        return link;
    }
    tls_abandon(tls);
    worker_connection_lost(worker);
    shutdown(fd, SHUT_RDWR);
    return NULL;
}

void http_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                     enum MHD_ConnectionNotificationCode event)
{
    struct http_loop *loop = cls;
    struct connections *connections = &loop->http->connections;
    const struct sockaddr *question = question_of(connection);
    if (event == MHD_CONNECTION_NOTIFY_STARTED && question) {
        take_question(loop, question);
        *socket_context = NULL;
    } else if (event == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *socket_context = info ? take_in(loop, connection, info->connect_fd) : NULL;
        turn_note_newcomer();
    } else {
        struct link *link = *socket_context;
        struct tls_session *tls = link ? link->tls : NULL;
        if (link) {
            exchange_free(link->exchange);
            if (!link->lingers && connections_end_may_reset(link))
                lingering_take(&loop->http->lingering, link->fd);
        }
        connections_remove(connections, link);
        tls_end(tls);
        *socket_context = NULL;
    }
}
