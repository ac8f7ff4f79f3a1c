/*
 * user_limit.h: how many large bodies each user has in flight, over all processes of the server:
 * what --user-limit bounds.
 *
 * Users are told apart by a number. Where more of these collide than a table has room for, some
 * are not counted, as in addresses.h: rather one too many is let in than a stranger refused.
 */
#ifndef LOOPLAG_HTTP_USER_LIMIT_H
#define LOOPLAG_HTTP_USER_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct user_limit;

/** Counts for so many places of workers. Returns NULL when there is no memory. */
struct user_limit *user_limit_new(unsigned limit, unsigned places);

/** Unmaps them in this process. NULL is accepted. */
void user_limit_free(struct user_limit *limit);

/** What came of user_limit_take. */
enum user_place {
    USER_PLACE_NONE,    /**< the user has as many as it may */
    USER_PLACE_TAKEN,   /**< user_limit_give must follow */
    USER_PLACE_UNKNOWN, /**< there was no room to count it */
};

/** One more of a user, in a place of a worker. */
enum user_place user_limit_take(struct user_limit *limit, unsigned place, uint64_t user);

/** It is over. */
void user_limit_give(struct user_limit *limit, unsigned place, uint64_t user);

/** Counts out all of a process that is no more. NULL is accepted. */
void user_limit_forget(struct user_limit *limit, unsigned place);

#endif
