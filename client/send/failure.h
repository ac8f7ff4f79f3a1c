/*
 * failure.h: the first request of each kind that failed, with what came in
 * place of a good reply, so that a person can see why: the status line and the
 * first bytes of the body, or libcurl's words.
 */
#ifndef LOOPLAG_CLIENT_FAILURE_H
#define LOOPLAG_CLIENT_FAILURE_H

#include "send/outcome.h"

#include <stdbool.h>
#include <stddef.h>

/** A byte that is not printable takes four. */
enum { FAILURE_WORDS_SIZE = 256, FAILURE_BODY_MOST = 200, FAILURE_BODY_SIZE = 801 };

/** Its texts are printable ASCII: other bytes are \n, \r, \t or \xNN. */
struct failure {
    enum outcome_kind kind;
    int status;                     /**< HTTP status, 0 when none was read */
    char words[FAILURE_WORDS_SIZE]; /**< the status line, or libcurl's words */
    char body[FAILURE_BODY_SIZE];   /**< of the reply: the first FAILURE_BODY_MOST bytes */
};

enum { FAILURES_MOST = 8 };

/** A zeroed one is empty. */
struct failures {
    struct failure rows[FAILURES_MOST];
    size_t count;
};

/** Writes bytes so that they can be printed; what does not fit into `size` is cut. */
void failure_escape(char *out, size_t size, const char *bytes, size_t length);

/** Whether there is one of that kind and status, or no room for it. */
bool failures_has(const struct failures *failures, enum outcome_kind kind, int status);

/** Adds one unless there is one of its kind and status. */
void failures_add(struct failures *failures, const struct failure *failure);

/** Adds those of another that are not there. */
void failures_merge(struct failures *into, const struct failures *from);

#endif
