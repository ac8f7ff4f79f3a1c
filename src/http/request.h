/*
 * request.h: the state machine of one request: what came in, what to do next.
 *
 * Pure: it decides and does no I/O, so that it is tested as scripted
 * conversations. A refusal that leaves the framing intact and whose body is
 * small is answered after the body was drained, and the connection lives on;
 * any other is answered at once and the connection closed (see lingering.h for
 * how the client gets to read the answer).
 */
#ifndef LOOPLAG_HTTP_REQUEST_H
#define LOOPLAG_HTTP_REQUEST_H

#include "endpoint/endpoint.h"
#include "http/head.h"

/** So much of a refused body is drained, to keep the connection. */
#define REQUEST_DRAIN_MAX ((uint64_t)64 << 10)

/** A body may take so many bytes of its connection for each of its own, and these beside. */
#define REQUEST_WIRE_TIMES 3
#define REQUEST_WIRE_SPARE ((uint64_t)1000000)

enum request_action {
    REQUEST_GO_ON,  /* read on; body bytes go to the endpoint */
    REQUEST_DROP,   /* read on; these body bytes go nowhere */
    REQUEST_ANSWER, /* answer now */
    REQUEST_CUT,    /* answer in mid-body and close */
};

struct request {
    const struct endpoint *endpoint; /**< NULL: the path is unknown */
    int status;                      /**< 0, or the status of the refusal */
    const char *detail;
    bool close;     /**< the reply must close the connection */
    bool only_head; /**< HEAD */
    bool undrained; /**< a refusal before the body closes: it is too long to drain, or not sent */
    uint64_t limit; /**< most body bytes */
    uint64_t received;
    uint64_t dropped; /**< body bytes since it was refused */
};

/** Most body bytes, and what is served at all. */
struct request_limits {
    uint64_t all;
    uint64_t own[STATS_ENDPOINTS_MAX]; /**< by row in the table of endpoints; 0: as all */
    bool pages;                        /**< false: the paths of pages are unknown */
};

/** Judges a head. Returns REQUEST_GO_ON, or REQUEST_ANSWER for a refusal at once. */
enum request_action request_begin(struct request *request, const struct request_head *head,
                                  const struct request_limits *limits);

/**
 * Refuses a request that request_begin let pass, before any of its body was
 * read. Returns REQUEST_ANSWER, or REQUEST_GO_ON when the body is drained first.
 */
enum request_action request_refuse(struct request *request, int status, const char *detail);

/** Takes note of body bytes. Returns REQUEST_GO_ON, REQUEST_DROP or REQUEST_CUT. */
enum request_action request_chunk(struct request *request, size_t length);

/**
 * Judges what the body so far took of the connection: chunk extensions are read and
 * thrown away, and would be without end. Returns REQUEST_GO_ON or REQUEST_CUT.
 */
enum request_action request_wire(struct request *request, uint64_t wire_bytes);

/** Turns the request into a refusal, if it is none yet (an endpoint failed). */
void request_fail(struct request *request, int status, const char *detail);

/** The same for a refusal after which the connection can't go on. */
void request_fail_and_close(struct request *request, int status, const char *detail);

#endif
