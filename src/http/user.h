/*
 * user.h: whose a request is, what it may ask for, how many large bodies its user has, and what
 * it cost: between the head, tokens.h, user_limit.h and the statistics (stats/users.h).
 *
 * A user is whose token the request has; else whom the header of --user-header names; else the
 * address of its peer (of IPv6, the /64 network: that is what a site has, and a client changes
 * the rest at will).
 */
#ifndef LOOPLAG_HTTP_USER_H
#define LOOPLAG_HTTP_USER_H

#include "http/head.h"
#include "http/tokens.h"
#include "http/user_limit.h"
#include "stats/hold.h"
#include "stats/users.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

/** What all requests share; all borrowed. */
struct user_rules {
    struct tokens *tokens; /**< of users; NULL: none */
    struct tokens *admins; /**< of those who may see what the server tells of itself; NULL: none */
    const char *header;    /**< that names the user; NULL: none */
    uint64_t large_size;   /**< bodies from this size on are large */
    struct users *users;   /**< always there */
    struct user_limit *limit; /**< NULL: none */
    struct stats *stats;      /**< always there */
};

/** One request's user; zeroed for a new connection, and kept from one request to the next. */
struct user {
    struct user_name name;
    uint64_t hash;
    bool is_peer; /**< the name is the peer's, whatever the request's head says */
    bool limited;
    enum user_place place;
    unsigned worker;    /**< the place of the worker that has the request */
    int64_t handler_ns; /**< how long a handler thread was busy with it */
};

/** A request's head is complete: whose it is; and `head` learns which tokens it lacks. */
void user_begin(struct user *user, const struct user_rules *rules,
                struct MHD_Connection *connection, const struct worker *worker,
                struct request_head *head);

/**
 * A body of at least `bytes` bytes is to be read: false when it is large, and its user has as
 * many of them as it may; that is counted. Asked again, it says yes where it did before.
 */
bool user_may_send(struct user *user, const struct user_rules *rules, uint64_t bytes);

/** Why not. */
extern const char user_sends_too_many[];

/** The request is over, answered or not: `bytes` of its body were received. */
void user_end(struct user *user, const struct user_rules *rules, const struct hold *hold,
              uint64_t bytes);

#endif
