/* user_limit.c: see user_limit.h. */
#include "http/user_limit.h"

#include "base/shared_lock.h"
#include "http/addresses.h"

#include <sys/mman.h>

struct user_limit {
    pthread_mutex_t lock; /* what it guards is one store a change */
    unsigned most;
    struct addresses *counts;
};

struct user_limit *user_limit_new(unsigned limit, unsigned places)
{
    struct user_limit *made =
        mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED)
        return NULL;
    made->most = limit;
    made->counts = addresses_new(places);
    if (made->counts && shared_lock_init(&made->lock) == 0)
        return made;
    user_limit_free(made);
    return NULL;
}

void user_limit_free(struct user_limit *limit)
{
    if (!limit)
        return;
    addresses_free(limit->counts);
    munmap(limit, sizeof *limit);
}

enum user_place user_limit_take(struct user_limit *limit, unsigned place, uint64_t user)
{
    enum user_place result = USER_PLACE_TAKEN;
    shared_lock_take(&limit->lock);
    const unsigned count = addresses_add(limit->counts, place, user);
    if (count > limit->most) {
        addresses_remove(limit->counts, place, user);
        result = USER_PLACE_NONE;
    }
    pthread_mutex_unlock(&limit->lock);
    return count ? result : USER_PLACE_UNKNOWN;
}

void user_limit_give(struct user_limit *limit, unsigned place, uint64_t user)
{
    shared_lock_take(&limit->lock);
    addresses_remove(limit->counts, place, user);
    pthread_mutex_unlock(&limit->lock);
}

void user_limit_forget(struct user_limit *limit, unsigned place)
{
    if (!limit)
        return;
    shared_lock_take(&limit->lock);
    addresses_forget(limit->counts, place);
    pthread_mutex_unlock(&limit->lock);
}
