/*
 * space_saving.h: who of any number of users has taken the most time, in fixed memory.
 *
 * The space-saving sketch of Metwally, Agrawal and El Abbadi ("Efficient computation of frequent
 * and top-k elements in data streams", 2005), with time as the weight. It follows SKETCH_USERS
 * users. A new one takes the place of the one that has taken the least, and inherits that weight
 * as its error: its own time is known to be at least what was counted for it, and at most that
 * and its error. Nobody who is not followed has taken more than the least weight of those who are.
 * What was counted for those who lost their place is summed up under "others".
 *
 * It lies in memory that processes share. A process that dies in the middle of a change leaves
 * `changing` set, and the next one to take the lock makes the index anew.
 */
#ifndef LOOPLAG_STATS_SPACE_SAVING_H
#define LOOPLAG_STATS_SPACE_SAVING_H

#include "base/keyed_hash.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SKETCH_USERS = 1000, SKETCH_BUCKETS = 2048, USER_BYTES = 62 };

/** What the bytes of a name are. */
enum user_kind { USER_TEXT, USER_IPV4, USER_IPV6_NET };

/** A user's name; what is behind `length` bytes is zero. */
struct user_name {
    uint8_t kind;
    uint8_t length;
    char bytes[USER_BYTES];
};

/** Bodies are counted by size: one counter for each bound, and one for larger ones. */
enum { USER_SIZES = 10 };

/** The most bytes of a body that is counted in each; the last one is UINT64_MAX. */
extern const uint64_t user_size_bounds[USER_SIZES];

/** What was counted. */
struct user_counts {
    uint64_t requests;
    uint64_t large;   /**< of them, those with a large body */
    uint64_t limited; /**< of them, those that --user-limit refused */
    uint64_t bytes;   /**< of bodies */
    uint64_t largest; /**< bytes of the largest body */
    uint64_t held_ns; /**< that threads spent on them: loops and handlers */
    uint64_t loop_ns; /**< of that, loops; and the sum of the squares of their callbacks */
    uint64_t loop_square_us2;
    uint64_t sizes[USER_SIZES];
};

/** Adds them up; the largest body is the larger one. */
void user_counts_add(struct user_counts *into, const struct user_counts *more);

/** One request that is over. */
struct user_request {
    bool large;
    bool limited;
    uint64_t bytes;
    uint64_t held_ns;
    uint64_t loop_ns;
    uint64_t loop_square_us2;
};

struct sketch_entry {
    struct user_name name;
    uint64_t hash;
    uint64_t error_ns; /**< its weight was at most so much when it got its place */
    struct user_counts counts;
    uint16_t heap_at;
    uint16_t next; /**< of its bucket, plus 1; 0: the last */
};

struct sketch_weight {
    uint64_t ns;
    uint16_t entry;
};

/** Zeroed, but for the lock, it is an empty one. */
struct sketch {
    pthread_mutex_t lock;
    bool changing;
    unsigned used;
    struct user_counts others;
    struct sketch_weight heap[SKETCH_USERS]; /**< the least weight first */
    uint16_t buckets[SKETCH_BUCKETS];        /**< an entry plus 1; 0: none */
    struct sketch_entry entries[SKETCH_USERS];
};

/** A number for a name, never 0, the same in all processes that share the key. */
uint64_t user_name_hash(const struct user_name *name, const struct hash_key *key);

/** Counts a request for its user. The caller has the lock. */
void sketch_add(struct sketch *sketch, const struct user_name *name, uint64_t hash,
                const struct user_request *request);

/** With the lock just taken: puts in order what a process that died has left. */
void sketch_recover(struct sketch *sketch, const struct hash_key *key);

/** The most that somebody can have taken who is not followed. The caller has the lock. */
uint64_t sketch_least(const struct sketch *sketch);

#endif
