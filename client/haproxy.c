/* haproxy.c: see haproxy.h. */
#include "haproxy.h"

#include "base/clock.h"

#include <string.h>

/*
 * A held loop answers no health check while it is held. A check therefore
 * waits long for its answer, so that a pod is taken out when it says that it
 * drains (503, at once) and not when it is busy with a large request.
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

#define LISTEN                                                                                     \
    "listen pods\n"                                                                                \
    "    bind fd@%d\n"                                                                             \
    "    balance %s\n"                                                                             \
    "    option httpchk GET %s\n"                                                                  \
    "    http-check expect status 200\n"                                                           \
    "    http-response set-header X-Worker %%s\n"                                                  \
    "    default-server check inter 500ms fastinter 100ms fall 2 rise 2\n"

#define MARGIN_NS (10 * NS_PER_S)

bool haproxy_knows_balance(const char *name)
{
    static const char *const names[] = {"roundrobin", "leastconn", "random", "source"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

int haproxy_write(struct buffer *text, const struct haproxy_plan *plan)
{
    /* The client gives up first: who waited too long is told by it alone. */
    long long timeout_ms = (plan->timeout_ns + MARGIN_NS) / NS_PER_MS;
    int r = buffer_append_format(text, GLOBAL_AND_DEFAULTS, timeout_ms, timeout_ms);
    if (r == 0)
        r = buffer_append_format(text, LISTEN, plan->listener, plan->balance, plan->ready);
    for (size_t i = 0; r == 0 && i < plan->count; i++)
        r = buffer_append_format(text, "    server pod%zu %s\n", i + 1,
                                 plan->urls[i] + sizeof "http://" - 1);
    return r;
}
