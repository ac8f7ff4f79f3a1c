/*
 * transfer.h: one request on its way: a libcurl handle, what its callbacks
 * note, and what became of it. Who drives it is the sender (sender.h), whose
 * thread alone touches it. Handles are used again for later requests.
 */
#ifndef LOOPLAG_CLIENT_TRANSFER_H
#define LOOPLAG_CLIENT_TRANSFER_H

#include "plan/options.h"
#include "send/bodies.h"
#include "send/failure.h"
#include "send/outcome.h"
#include "send/sockets.h"
#include "send/target.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More of a reply is kept than is ever shown, so that a secret in it is seen whole and masked. */
enum { TRANSFER_BODY_KEPT = 2048 };

enum { TRANSFER_ID_SIZE = 80, TRANSFER_NUMBERED_MOST = 2 * OPTIONS_LIST_MOST + CLASS_HEADERS_MOST };

/** What all transfers of a class have in common; made once, read by its threads. */
struct transfer_config {
    const struct target *target;
    const struct traffic_class *class; /**< X-Request-ID is "<its name>-000001" */
    const char *endpoint;
    const struct bodies *bodies; /**< borrowed, never copied */
    const char *const *headers;  /**< "Name: value", NULL-terminated; replace ours of that name, as
                                    the class's replace them */
    int64_t timeout_ns;
    bool keepalive;
    void (*heed)(void *heeded, const char *line, size_t length); /**< as in window.h */
    void *heeded;
    struct curl_slist *header_list;               /* libcurl's forms of the above */
    const char *numbered[TRANSFER_NUMBERED_MOST]; /* headers with {n}, not in the list */
    size_t numbered_count;
    bool numbered_endpoint;
    bool own_id; /* the user's headers set X-Request-ID */
};

struct transfer {
    const struct transfer_config *config;
    struct transfer *next; /**< the sender's: of all that it made */
    struct transfer *idle; /**< the sender's: of those that are free */
    CURL *easy;
    struct curl_slist *connect_to;
    bool busy; /**< the sender's: in flight */
    uint64_t id;
    int64_t planned_ns;

    /* What the callbacks note. */
    struct curl_slist id_header;
    char id_text[TRANSFER_ID_SIZE];
    struct curl_slist *numbered; /* an array: the config's numbered ones, with this one's number */
    struct curl_slist *headers;  /* the id, the numbered ones, and the list that all share */
    bool headers_complete;
    unsigned sends; /* how often it was sent: libcurl repeats it on a connection that was closed */
    int64_t sent_ns;
    int64_t uploaded_ns; /* 0 for a body that libcurl sends with the head */
    int64_t first_byte_ns;
    int64_t last_byte_ns;
    uint64_t bytes_received;
    struct server_timing timing;
    char worker[WORKER_NAME_SIZE];
    char status_line[FAILURE_WORDS_SIZE]; /* of the last head; cut */
    char body[TRANSFER_BODY_KEPT];        /* how the reply's begins */
    size_t body_kept;
    char words[CURL_ERROR_SIZE]; /* libcurl's, of a failure */
};

/** Once per process, before the first thread. Returns 0 or -ENOMEM. */
int transfer_global_init(void);

/** Completes a config whose told fields are set. Returns 0 or -ENOMEM (deinit it all the same). */
int transfer_config_init(struct transfer_config *config);

/** Frees what init made. A zeroed one is accepted; twice is fine. */
void transfer_config_deinit(struct transfer_config *config);

/** Makes a handle whose connections are counted in `sockets`. NULL without memory. */
struct transfer *transfer_new(const struct transfer_config *config, struct sockets *sockets);

/**
 * Gives it a new libcurl handle: one that repeated a request counts its repeats beyond that
 * request, and soon refuses. Returns 0 or -ENOMEM.
 */
int transfer_renew(struct transfer *transfer, struct sockets *sockets);

/** Frees a handle that is in no multi handle. NULL is accepted. */
void transfer_free(struct transfer *transfer);

/**
 * Makes the handle ready for request number `id`; it counts as sent from now on. Returns 0 or
 * -ENOMEM.
 */
int transfer_begin(struct transfer *transfer, uint64_t id, int64_t planned_ns);

/** What became of it, as libcurl told with `code` at `now_ns`. */
struct outcome transfer_end(const struct transfer *transfer, CURLcode code, int64_t now_ns);

/** What a person is to see of a transfer that ended with `code`. */
struct failure transfer_failure(const struct transfer *transfer, CURLcode code,
                                const struct outcome *outcome);

#endif
