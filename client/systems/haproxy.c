/* haproxy.c: see haproxy.h. */
#include "systems/haproxy.h"

#include "base/clock.h"

/*
 * A pod whose loop is held by a large request answers no health check
 * meanwhile. Checks therefore have a long time-out: a pod is taken out when it
 * drains, which it says at once with 503, and not because it is busy.
 */
#define GLOBAL_AND_DEFAULTS                                                                        \
    "global\n"                                                                                     \
    "    maxconn 2000\n"                                                                           \
    "\n"                                                                                           \
    "defaults\n"                                                                                   \
    "    mode http\n"                                                                              \
    "    timeout connect 2s\n"                                                                     \
    "    timeout client %lldms\n"                                                                  \
    "    timeout server %lldms\n"                                                                  \
    "    timeout check 30s\n"                                                                      \
    "    retries 3\n"                                                                              \
    "    option redispatch 1\n"                                                                    \
    "\n"

#define RULES                                                                                      \
    "    balance %s\n"                                                                             \
    "    option httpchk GET %s\n"                                                                  \
    "    http-check expect status 200\n"                                                           \
    "    http-response set-header X-Worker %%s\n"                                                  \
    "    default-server check inter 500ms fastinter 100ms fall 2 rise 2\n"

/* The length of a chunked body is not known beforehand, so it counts as large. */
#define SPLIT                                                                                      \
    "frontend pods\n"                                                                              \
    "    bind fd@%d\n"                                                                             \
    "    acl large req.hdr_val(content-length) ge 1000000\n"                                       \
    "    acl large req.hdr(transfer-encoding) -m found\n"                                          \
    "    use_backend large if large\n"                                                             \
    "    default_backend small\n"                                                                  \
    "\n"

#define MARGIN_NS (10 * NS_PER_S)

/* The rules of a group of pods, and the addresses of the pods from `from` up to `to`. */
static void write_pods(struct buffer *text, const struct haproxy_plan *plan, size_t from, size_t to)
{
    buffer_append_format(text, RULES, plan->balance->rule, plan->ready);
    for (size_t i = from; i < to; i++)
        buffer_append_format(text, "    server pod%zu %s\n", i + 1,
                             plan->urls[i] + sizeof "http://" - 1);
}

/* A quarter of the pods, and one at least, takes the large bodies. */
static void write_split(struct buffer *text, const struct haproxy_plan *plan)
{
    size_t small = plan->count - (plan->count + 3) / 4;
    buffer_append_format(text, SPLIT "backend small\n", plan->listener);
    write_pods(text, plan, 0, small);
    buffer_append_text(text, "\nbackend large\n");
    write_pods(text, plan, small, plan->count);
}

void haproxy_write(struct buffer *text, const struct haproxy_plan *plan)
{
    /* The client gives up before HAProxy does, so that time-outs are always the client's. */
    long long timeout_ms = (plan->timeout_ns + MARGIN_NS) / NS_PER_MS;
    buffer_append_format(text, GLOBAL_AND_DEFAULTS, timeout_ms, timeout_ms);
    if (plan->balance->split) {
        write_split(text, plan);
        return;
    }
    buffer_append_format(text, "listen pods\n    bind fd@%d\n", plan->listener);
    write_pods(text, plan, 0, plan->count);
}
