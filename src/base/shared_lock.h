/*
 * shared_lock.h: a lock in memory that processes share. When a process dies while it holds the
 * lock, the next one takes it over; so what the lock guards must be consistent after every single
 * store.
 */
#ifndef LOOPLAG_BASE_SHARED_LOCK_H
#define LOOPLAG_BASE_SHARED_LOCK_H

#include <pthread.h>

/** Makes a lock in shared memory. Returns 0 or negative. */
int shared_lock_init(pthread_mutex_t *lock);

/** Takes it; cannot fail. */
void shared_lock_take(pthread_mutex_t *lock);

/** With the lock: waits for a signal to `wake`, without the lock meanwhile. */
void shared_lock_wait(pthread_mutex_t *lock, pthread_cond_t *wake);

#endif
