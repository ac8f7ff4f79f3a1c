/*
 * users.h: what each user of the server sends, and for how long that keeps its threads: who sends
 * the large requests.
 *
 * A sketch (space_saving.h) for each place of a worker, in memory that all processes share. Who
 * records locks that of its own place, and meets nobody else there but other threads of the
 * same worker and whoever reads. The counts of a place stay when its process has ended.
 */
#ifndef LOOPLAG_STATS_USERS_H
#define LOOPLAG_STATS_USERS_H

#include "stats/space_saving.h"

struct sockaddr;
struct users;

/** Sketches for so many places. Returns NULL when there is no memory. */
struct users *users_new(unsigned places);

/** Unmaps them in this process. NULL is accepted. */
void users_free(struct users *users);

/** Bytes of a shown name, with its NUL. */
enum { USER_TEXT_SIZE = 72 };

/** The name of whoever has an address: an IPv4 address, or the /64 network of an IPv6 one. */
struct user_name user_name_of_address(const struct sockaddr *address);

/**
 * The name of a text. What is no printable ASCII, and '%', is percent-encoded, and one that is too
 * long keeps its beginning and a hash of all of it under the key of these users: so nobody can make
 * a text whose name is another's, and a long one has another name after a restart. An empty text
 * makes an empty name.
 */
struct user_name users_name_of_text(const struct users *users, const char *text, size_t length);

/** Writes a name as it is shown: printable ASCII. */
void user_name_show(const struct user_name *name, char out[USER_TEXT_SIZE]);

/** The number of a name among these users; it is never 0. */
uint64_t users_hash(const struct users *users, const struct user_name *name);

/** Counts a request that a place's worker has had. `hash` is users_hash of the name. */
void users_record(struct users *users, unsigned place, const struct user_name *name, uint64_t hash,
                  const struct user_request *request);

/** A user's counts, of all places. */
struct user_row {
    struct user_name name;
    uint64_t hash;
    struct user_counts counts;
    int64_t error_ns; /**< the user has held threads for so much longer, at the most */
};

/** What all places tell together; zeroed: nothing was read. */
struct users_view {
    struct user_row *rows; /**< whoever has held threads the longest comes first */
    unsigned count;        /**< at most SKETCH_USERS */
    struct user_counts others;
    uint64_t error_ns; /**< nobody who is not listed has held threads for longer */
    unsigned places;   /* so many were read */
    uint16_t *slots;   /* where a name is looked up: a row plus 1; 0: none */
};

/** Positive result of users_read. */
enum { USERS_MORE = 1 };

/**
 * Merges the next place into the view, or sorts it: a part of the work that takes a fraction of a
 * millisecond. Returns USERS_MORE while there is more to do, 0 when the view is complete, or
 * -ENOMEM; users_view_deinit must follow in every case.
 */
int users_read(struct users *users, struct users_view *view);
void users_view_deinit(struct users_view *view);

#endif
