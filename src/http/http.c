/* http.c: see http.h. */
#include "http/http.h"

#include "http/access_log.h"

#include <string.h>

int http_init(struct http *http, const struct http_options *options,
              const struct endpoint_context *context)
{
    memset(http, 0, sizeof *http);
    http->options = *options;
    http->context = *context;
    connections_init(&http->connections);
    http->connections.most = options->places;
    http->reaper = (struct reaper){
        .deadlines = options->deadlines,
        .connections = &http->connections,
        .stats = context->stats,
    };
    lingering_init(&http->lingering);
    int error = 0;
    if (options->access_log || options->hold_warn_ns) {
        http->log = access_log_new(context->stats, options->access_log);
        error = http->log ? 0 : -ENOMEM;
    }
    http->reaper.held = (struct held_log){http->log, options->hold_warn_ns};
    lane_init(&http->lane, &options->lane, context->lane);
    turns_init(&http->turns);
    return error;
}

void http_encrypt(struct http *http, struct tls *tls)
{
    http->tls = tls;
}

void http_share(struct http *http, struct addresses *addresses, unsigned process)
{
    lane_set_process(&http->lane, process);
    http->context.budget.process = process;
    http->connections.addresses = addresses;
    http->connections.process = process;
}

int http_start_handlers(struct http *http, unsigned threads, unsigned queue)
{
    http->context.handlers = &http->handlers.gauges;
    return handlers_start(&http->handlers, threads, queue);
}

bool http_tick(struct http *http)
{
    reaper_tick(&http->reaper);
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
    turns_stop(&http->turns);
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
    turns_deinit(&http->turns);
    connections_deinit(&http->connections);
}
