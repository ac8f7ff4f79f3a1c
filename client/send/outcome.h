/*
 * outcome.h: what became of one request, and the names of the kinds of
 * failure as they stand in the results.
 */
#ifndef LOOPLAG_CLIENT_OUTCOME_H
#define LOOPLAG_CLIENT_OUTCOME_H

#include "send/timing.h"

#include <stdbool.h>
#include <stdint.h>

enum outcome_kind {
    OUTCOME_OK, /**< a complete reply with a good status: the only kind with latencies */
    OUTCOME_RESOLVE,
    OUTCOME_CONNECT,
    OUTCOME_LOCAL, /**< the client's own machine had no port, descriptor or memory for it */
    OUTCOME_TLS,   /**< a certificate that is not trusted, an alert, no common version */
    OUTCOME_TIMEOUT,
    OUTCOME_RESET,
    OUTCOME_EMPTY_REPLY,
    OUTCOME_TRUNCATED,
    OUTCOME_GARBAGE,
    OUTCOME_HTTP_2XX, /**< where another status is the good one */
    OUTCOME_HTTP_3XX,
    OUTCOME_HTTP_4XX,
    OUTCOME_HTTP_5XX,
    OUTCOME_INTERRUPTED,
    OUTCOME_OTHER,
    OUTCOME_KINDS
};

/** One request. Times are monotonic ns; 0 means "never happened". */
struct outcome {
    enum outcome_kind kind;
    int status;      /**< HTTP status, 0 when none was read */
    unsigned resent; /**< on other connections, after a reused one was closed without a reply */
    int64_t sent_ns;
    int64_t connect_ns;  /**< how long a new connection took; 0: an earlier one was used again */
    int64_t tls_ns;      /**< and the TLS handshake after it; 0: there was none */
    int64_t uploaded_ns; /**< the system has taken the body's last byte; 0: it went with the head */
    int64_t first_byte_ns;
    int64_t end_ns;          /**< last byte of the reply, or when the failure was seen */
    int64_t read_lag_ns;     /**< of end_ns: how long it may have been there unseen, at most */
    uint64_t bytes_sent;     /**< of the body */
    uint64_t bytes_received; /**< of the reply's body */
    struct server_timing timing;
    char worker[WORKER_NAME_SIZE]; /**< that answered, "" when it was not told */
};

/** What libcurl said about a finished transfer. */
struct transfer_verdict {
    int curl_code; /**< a CURLcode */
    int os_errno;  /**< CURLINFO_OS_ERRNO */
    int status;    /**< HTTP status, 0 when none was read */
    bool headers_complete;
    bool expected;      /**< the status is a good one */
    bool other_version; /**< a reply of another HTTP than was asked for */
    bool tls_alert;     /**< the server broke TLS off, as it does without a client's certificate */
};

/** Maps libcurl's verdict to a kind. */
enum outcome_kind outcome_classify(const struct transfer_verdict *verdict);

/** The failure of that name; OUTCOME_KINDS when there is none. */
enum outcome_kind outcome_named(const char *name);

/** What a complete reply with that status is where it is no good one. */
enum outcome_kind outcome_of_status(int status);

/** Whether it is the reply's status that makes it this kind. */
bool outcome_is_by_status(enum outcome_kind kind);

/** "ok", "connect", "http_5xx", ...: static text. */
const char *outcome_name(enum outcome_kind kind);

#endif
