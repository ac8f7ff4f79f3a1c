/* outcome.c: see outcome.h. */
#include "send/outcome.h"

#include "base/error.h"

#include <curl/curl.h>
#include <string.h>

const char *outcome_name(enum outcome_kind kind)
{
    static const char *const names[OUTCOME_KINDS] = {
        [OUTCOME_OK] = "ok",
        [OUTCOME_RESOLVE] = "resolve",
        [OUTCOME_CONNECT] = "connect",
        [OUTCOME_LOCAL] = "local",
        [OUTCOME_TLS] = "tls",
        [OUTCOME_TIMEOUT] = "timeout",
        [OUTCOME_RESET] = "reset",
        [OUTCOME_EMPTY_REPLY] = "empty_reply",
        [OUTCOME_TRUNCATED] = "truncated",
        [OUTCOME_GARBAGE] = "garbage",
        [OUTCOME_HTTP_2XX] = "http_2xx",
        [OUTCOME_HTTP_3XX] = "http_3xx",
        [OUTCOME_HTTP_4XX] = "http_4xx",
        [OUTCOME_HTTP_5XX] = "http_5xx",
        [OUTCOME_INTERRUPTED] = "interrupted",
        [OUTCOME_OTHER] = "other",
    };
    return names[kind];
}

enum outcome_kind outcome_named(const char *name)
{
    int kind = OUTCOME_OK + 1;
    while (kind < OUTCOME_KINDS && strcmp(outcome_name((enum outcome_kind)kind), name) != 0)
        kind++;
    return (enum outcome_kind)kind;
}

bool outcome_is_by_status(enum outcome_kind kind)
{
    static const bool by_status[OUTCOME_KINDS] = {
        [OUTCOME_HTTP_2XX] = true,
        [OUTCOME_HTTP_3XX] = true,
        [OUTCOME_HTTP_4XX] = true,
        [OUTCOME_HTTP_5XX] = true,
    };
    return by_status[kind];
}

enum outcome_kind outcome_of_status(int status)
{
    switch (status / 100) {
    case 2:
        return OUTCOME_HTTP_2XX;
    case 3:
        return OUTCOME_HTTP_3XX;
    case 4:
        return OUTCOME_HTTP_4XX;
    case 5:
        return OUTCOME_HTTP_5XX;
    default:
        return OUTCOME_GARBAGE;
    }
}

static enum outcome_kind classify_reply(const struct transfer_verdict *verdict)
{
    /* libcurl reports no error when the server closes in the middle of the headers. */
    if (!verdict->headers_complete)
        return OUTCOME_TRUNCATED;
    if (verdict->other_version)
        return OUTCOME_GARBAGE;
    return verdict->expected ? OUTCOME_OK : outcome_of_status(verdict->status);
}

/* Of a connection that was not made: whether the server can do nothing about it. */
static enum outcome_kind classify_connect(int os_errno)
{
    switch (os_errno) {
    case EADDRNOTAVAIL: /* no free port: those of closed connections wait for a minute */
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return OUTCOME_LOCAL;
    default:
        return OUTCOME_CONNECT;
    }
}

enum outcome_kind outcome_classify(const struct transfer_verdict *verdict)
{
    switch (verdict->curl_code) {
    case CURLE_OK:
        return classify_reply(verdict);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return OUTCOME_RESOLVE;
    case CURLE_COULDNT_CONNECT:
        return classify_connect(verdict->os_errno);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CLIENTCERT:
        return OUTCOME_TLS;
    case CURLE_OPERATION_TIMEDOUT:
        return OUTCOME_TIMEOUT;
    case CURLE_GOT_NOTHING:
        return OUTCOME_EMPTY_REPLY;
    case CURLE_PARTIAL_FILE:
        return OUTCOME_TRUNCATED;
    case CURLE_SEND_ERROR:
        return OUTCOME_RESET;
    case CURLE_RECV_ERROR:
        if (verdict->tls_alert)
            return OUTCOME_TLS;
        /* Without a system error the reply could not be decoded, as with a bad chunk. */
        return verdict->os_errno ? OUTCOME_RESET : OUTCOME_GARBAGE;
    case CURLE_UNSUPPORTED_PROTOCOL: /* no HTTP/1 status line */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
        return OUTCOME_GARBAGE;
    case CURLE_ABORTED_BY_CALLBACK:
        return OUTCOME_INTERRUPTED;
    default:
        return OUTCOME_OTHER;
    }
}
