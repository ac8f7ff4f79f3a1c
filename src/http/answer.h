/*
 * answer.h: the answer of an exchange: who makes it, the thread that serves the connection or a
 * handler thread, what is noted of it, and how it is sent.
 */
#ifndef LOOPLAG_HTTP_ANSWER_H
#define LOOPLAG_HTTP_ANSWER_H

#include "http/exchange_state.h"

/** Nothing more of the body will be read. */
void answer_end_reading(struct exchange *exchange);

/** Whether a handler thread makes it. What has come of the body says so, not what was announced. */
bool answer_is_for_a_handler(const struct exchange *exchange);

/** All is read that will be, and it is our turn. Returns false when the connection was cut. */
bool answer_begin_work(struct exchange *exchange);

/** Makes the answer, or the refusal, and sends it. */
enum MHD_Result answer_here(struct exchange *exchange);

/** Goes on with that, in another turn: the endpoint has answered ENDPOINT_AGAIN. */
enum MHD_Result answer_go_on(struct exchange *exchange);

/** Has a handler thread make it: the exchange is suspended, or was refused. */
enum MHD_Result answer_there(struct exchange *exchange);

/** Sends what that thread has made. */
enum MHD_Result answer_send(struct exchange *exchange);

/** Refuses in mid-body, where libmicrohttpd takes no reply, and closes. */
enum MHD_Result answer_cut(struct exchange *exchange);

/** Notes the 408 that the reaper has sent when it cut the connection in mid-body. */
void answer_note_408(struct exchange *exchange);

/** Ends the endpoint's call, and gives back what it held. Twice is fine. */
void answer_end_call(struct exchange *exchange);

#endif
