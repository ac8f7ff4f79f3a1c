/*
 * exchange_state.h: what is known of one exchange, for the files that carry it on: exchange.c takes
 * it from phase to phase, entry.c lets it in, and answer.c makes and sends its answer.
 */
#ifndef LOOPLAG_HTTP_EXCHANGE_STATE_H
#define LOOPLAG_HTTP_EXCHANGE_STATE_H

#include "http/chunked.h"
#include "http/http.h"
#include "http/send.h"

enum exchange_phase {
    ENTERING,  /* the head is judged; it may wait in the lane */
    READING,   /* the body comes in */
    READ,      /* all is read; it may wait in the lane, then it is answered or handed over */
    FINISHING, /* the endpoint makes the answer, a part in each turn of the loop */
    HANDLING,  /* a handler thread has it */
};

struct exchange {
    struct http *http;
    struct MHD_Connection *connection;
    struct link *link;
    uint64_t body_bytes; /* what the link's worker was told of the body */
    enum exchange_phase phase;
    bool passed_lane;   /* admitted or refused */
    bool all_read;      /* of the request, by libmicrohttpd */
    bool answered;      /* an answer was made and counted */
    bool client_closes; /* it asked for the connection's end */
    struct chunked chunked;
    struct request request;
    struct endpoint_call call;
    struct endpoint_answer answer;
    struct send_kept kept;
    struct lane_place place;
    struct turn turn;
    struct user user;
    struct job job;
    int64_t entered_ns;   /* when it came to the lane; 0: never */
    int64_t lane_ns;      /* waited in the lane */
    int64_t blocked_ns;   /* of that, with its thread blocked in this callback */
    int64_t handler_ns;   /* waited for a handler thread */
    struct hold hold;     /* of the callbacks, once the body is known to be large */
    struct buffer logged; /* the body, with --log-bodies */
    char id[HEAD_ID_SIZE];
    char path[128]; /* for the log; a longer one is cut */
};

/** Its id, as logs have it. */
static inline const char *exchange_logged_id(const struct exchange *exchange)
{
    return exchange->id[0] ? exchange->id : "unknown";
}

/** Whether it is good so far, and its endpoint takes a body: what limits are for. */
static inline bool exchange_takes_body(const struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    return !request->status && request->endpoint->method == ENDPOINT_POST;
}

#endif
