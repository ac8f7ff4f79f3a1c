/*
 * keyed_hash.h: a hash under a secret key, and a comparison whose time says nothing: for tables of
 * what clients send.
 *
 * The hash is SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012). Who
 * does not know the key can't find texts that fall together, whatever is seen of the hashes.
 */
#ifndef LOOPLAG_BASE_KEYED_HASH_H
#define LOOPLAG_BASE_KEYED_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_key {
    uint64_t words[2];
};

/** A key that nobody knows. Returns 0 or -EIO. */
int hash_key_make(struct hash_key *key);

/** The hash of `length` bytes. How long that takes depends on their number only. */
uint64_t keyed_hash(const struct hash_key *key, const void *bytes, size_t length);

/** Whether `length` bytes are the same: all are compared, in the same time for all. */
bool bytes_are_same(const void *left, const void *right, size_t length);

#endif
