/*
 * entry.h: what a request needs before its body is taken, and again as the body grows: a place for
 * its connection, one among the requests of its worker, one of its user, memory, and a place in the
 * lane for large bodies. Who does not get it is refused.
 */
#ifndef LOOPLAG_HTTP_ENTRY_H
#define LOOPLAG_HTTP_ENTRY_H

#include "http/exchange_state.h"

/**
 * At the head, by what it announces. Returns REQUEST_GO_ON, or REQUEST_ANSWER for a refusal at
 * once. What the operator asks is answered as long as there are connections; a draining server
 * answers all that it has accepted.
 */
enum request_action entry_admit(struct exchange *exchange, int64_t now_ns);

/** When the body is read, unless it came with the head: others may have come in beside it. */
void entry_admit_again(struct exchange *exchange);

/** The body has `bytes` bytes at least: it may turn out to be one large body too many of its user.
 */
void entry_judge_size(struct exchange *exchange, uint64_t bytes);

/** Whether what the endpoint holds by now finds room; the request fails where it does not. */
bool entry_finds_room(struct exchange *exchange);

/** A body of `bytes` bytes is large, and has not been in the lane yet. */
static inline bool entry_lane_is_due(const struct exchange *exchange, uint64_t bytes)
{
    return lane_concerns(&exchange->http->lane, bytes) && !exchange->passed_lane &&
           exchange_takes_body(exchange);
}

/** Whether such a body, of which `bytes` have come, is read to its end before it enters. */
bool entry_lane_comes_last(const struct exchange *exchange, uint64_t bytes);

/**
 * Enters the lane, or asks again after a wait. After LANE_LATER another thread may have the
 * exchange; after LANE_REFUSED the request has failed.
 */
enum lane_result entry_lane(struct exchange *exchange);

#endif
