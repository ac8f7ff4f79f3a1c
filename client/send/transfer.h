/*
 * transfer.h: the libcurl handle of one thread. One call sends one request and
 * waits for its reply; nothing is shared with other threads, so neither are
 * connections.
 */
#ifndef LOOPLAG_CLIENT_TRANSFER_H
#define LOOPLAG_CLIENT_TRANSFER_H

#include "send/outcome.h"
#include "send/target.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRANSFER_ID_SIZE = 80 };

/** What all transfers of a class have in common; outlives them. */
struct transfer_config {
    const struct target *target;
    const char *name; /**< of the class: X-Request-ID is "<name>-000001" */
    const char *endpoint;
    const char *body; /**< borrowed, never copied */
    size_t body_length;
    const char *const *headers; /**< "Name: value", NULL-terminated; replace ours of that name */
    int64_t timeout_ns;
    bool keepalive;
    const atomic_bool *stop; /**< once true, transfers end as OUTCOME_INTERRUPTED */
};

struct transfer {
    const struct transfer_config *config;
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;  /* owned by libcurl's allocator */
    struct curl_slist id_header; /* ours: its text changes with every request */
    struct curl_slist connect_to;
    char id_text[TRANSFER_ID_SIZE];
    char connect_to_text[URL_SIZE];
    bool headers_complete;
    int64_t first_byte_ns;
    int64_t last_byte_ns;
    uint64_t bytes_received;
    struct server_timing timing;
    char worker[WORKER_NAME_SIZE];
};

/** Once per process, before the first thread. Returns 0 or -ENOMEM. */
int transfer_global_init(void);

/** Makes a handle; `config` is borrowed. Returns 0 or -ENOMEM. */
int transfer_init(struct transfer *transfer, const struct transfer_config *config);

/** Frees the handle and closes its connection. A zeroed one is accepted; twice is fine. */
void transfer_deinit(struct transfer *transfer);

/** Sends request number `id` and waits for its end, however it ends. */
struct outcome transfer_run(struct transfer *transfer, uint64_t id);

/** Ends the wait of a running transfer once *stop is true. May be called by any thread. */
void transfer_wake(struct transfer *transfer);

#endif
