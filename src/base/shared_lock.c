/* shared_lock.c: see shared_lock.h. */
#include "base/shared_lock.h"

#include <errno.h>

int shared_lock_init(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    int error = pthread_mutex_init(lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return -error;
}

static void take_over(pthread_mutex_t *lock, int result)
{
    if (result == EOWNERDEAD)
        pthread_mutex_consistent(lock);
}

void shared_lock_take(pthread_mutex_t *lock)
{
    take_over(lock, pthread_mutex_lock(lock));
}

void shared_lock_wait(pthread_mutex_t *lock, pthread_cond_t *wake)
{
    take_over(lock, pthread_cond_wait(wake, lock));
}
