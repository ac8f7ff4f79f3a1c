/*
 * chunked.h: what a chunked body takes beside its own bytes: of its connection, for the coding, and
 * of libmicrohttpd's memory, for the trailers. Both are within bounds, or the request is refused.
 */
#ifndef LOOPLAG_HTTP_CHUNKED_H
#define LOOPLAG_HTTP_CHUNKED_H

#include "http/connections.h"
#include "http/request.h"

#include <microhttpd.h>

/** Of one request; its fields mean something where its body is chunked. */
struct chunked {
    bool is_chunked;
    unsigned pieces;       /* since the last look at the connection */
    size_t memory;         /* of libmicrohttpd's, that the request has taken but for its body */
    uint64_t bytes_before; /* read off the connection before the body */
};

/** A request with this head begins. */
void chunked_begin(struct chunked *chunked, const struct request_head *head,
                   const struct link *link);

/** A piece of the body has come. Returns REQUEST_GO_ON, or REQUEST_CUT and the refusal in
 * `request`. */
enum request_action chunked_piece(struct chunked *chunked, const struct link *link,
                                  struct request *request);

/** The request was read to its end. Returns as chunked_piece does; a bad trailer is a refusal, too.
 */
enum request_action chunked_end(struct chunked *chunked, struct MHD_Connection *connection,
                                struct request *request);

#endif
