/*
 * addresses.h: how many connections each client's address has, over all processes of the server.
 *
 * In memory that is shared with the processes forked after addresses_new, a table for each: a
 * process writes its own and reads all, so nothing locks, and the supervisor gives back what a
 * process held that is no more. Where addresses collide more than a bucket holds, some are not
 * counted: rather one too many is let in than a stranger refused.
 */
#ifndef LOOPLAG_HTTP_ADDRESSES_H
#define LOOPLAG_HTTP_ADDRESSES_H

#include <stdint.h>
#include <sys/socket.h>

struct addresses;

/** Tables for so many processes. Returns NULL when there is no memory, or no random key. */
struct addresses *addresses_new(unsigned processes);

/** Unmaps them in this process. NULL is accepted. */
void addresses_free(struct addresses *addresses);

/**
 * A number for an IPv4 address, or for the /64 network of an IPv6 one; 0: it is neither. Nobody
 * can tell which addresses fall together.
 */
uint64_t addresses_key(const struct addresses *addresses, const struct sockaddr *address);

/**
 * Counts a connection of a process in, by one of its threads at a time. Returns how many the
 * address has in all processes now; 0 when there was no room to count it, and it must not be
 * removed.
 */
unsigned addresses_add(struct addresses *addresses, unsigned process, uint64_t key);

/** Counts it out. */
void addresses_remove(struct addresses *addresses, unsigned process, uint64_t key);

/** Counts out all that a process held that is no more. NULL is accepted. */
void addresses_forget(struct addresses *addresses, unsigned process);

#endif
