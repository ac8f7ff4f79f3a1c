/* pages.c: see pages.h. */
#include "base/pages.h"

#include "base/clock.h"
#include "base/error.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void pages_bound_heaps(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, (int)PAGES_OWN_MIN);
    mallopt(M_TRIM_THRESHOLD, (int)PAGES_OWN_MIN);
    mallopt(M_ARENA_MAX, (int)sysconf(_SC_NPROCESSORS_ONLN));
#endif
}

size_t pages_round(size_t size)
{
    /* Coarse for large sizes, so that kept mappings fit the next request. */
    size_t unit = size >= PAGES_KEPT_MIN ? PAGES_KEPT_MIN : 4096;
    return (size + unit - 1) / unit * unit;
}

struct kept {
    void *memory; /* NULL: an empty slot */
    size_t size;
    int64_t since_ns;
};

/* The mappings kept for the next request, of the whole process. */
static struct {
    pthread_mutex_t lock;
    size_t limit;
    size_t held;
    struct kept slots[64];
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void empty_slot(struct kept *slot)
{
    cache.held -= slot->size;
    slot->memory = NULL;
}

static void *take_kept(size_t size)
{
    void *found = NULL;
    pthread_mutex_lock(&cache.lock);
    for (size_t i = 0; i < ARRAY_LENGTH(cache.slots) && cache.held && !found; i++) {
        struct kept *slot = &cache.slots[i];
        if (slot->memory && slot->size == size) {
            found = slot->memory;
            empty_slot(slot);
        }
    }
    pthread_mutex_unlock(&cache.lock);
    return found;
}

static bool keep(void *memory, size_t size)
{
    bool kept = false;
    pthread_mutex_lock(&cache.lock);
    bool room = size <= cache.limit && cache.held <= cache.limit - size;
    for (size_t i = 0; i < ARRAY_LENGTH(cache.slots) && room && !kept; i++) {
        if (!cache.slots[i].memory) {
            cache.slots[i] = (struct kept){memory, size, clock_now_ns()};
            cache.held += size;
            kept = true;
        }
    }
    pthread_mutex_unlock(&cache.lock);
    return kept;
}

static bool take_idle(int64_t before_ns, struct kept *idle)
{
    bool found = false;
    pthread_mutex_lock(&cache.lock);
    for (size_t i = 0; i < ARRAY_LENGTH(cache.slots) && !found; i++) {
        struct kept *slot = &cache.slots[i];
        if (slot->memory && slot->since_ns <= before_ns) {
            *idle = *slot;
            empty_slot(slot);
            found = true;
        }
    }
    pthread_mutex_unlock(&cache.lock);
    return found;
}

void *pages_reserve(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void pages_unreserve(void *memory, size_t size)
{
    if (memory)
        munmap(memory, size);
}

void *pages_map(size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = pages_round(size);
    void *memory = size >= PAGES_KEPT_MIN ? take_kept(size) : NULL;
    if (memory)
        return memory;
    return pages_reserve(size);
}

/* The thread sanitizer knows nothing of mremap, and takes what moves into a range for a race. */
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define COPIES
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define COPIES
#endif

#ifdef COPIES
void *pages_grow(void *memory, size_t old_size, size_t new_size)
{
    void *moved = pages_reserve(pages_round(new_size));
    if (!moved)
        return NULL;
    memcpy(moved, memory, old_size < new_size ? old_size : new_size);
    pages_unreserve(memory, pages_round(old_size));
    return moved;
}
#else
void *pages_grow(void *memory, size_t old_size, size_t new_size)
{
    void *moved = mremap(memory, pages_round(old_size), pages_round(new_size), MREMAP_MAYMOVE);
    return moved == MAP_FAILED ? NULL : moved;
}
#endif

/* A long munmap keeps the map lock while it frees every page: give the pages
 * back in slices first, each a short hold, then the empty range. */
static void unmap_in_slices(char *memory, size_t size)
{
    enum { SLICE = 8 << 20 };
    for (size_t done = 0; done < size && size > SLICE; done += SLICE)
        madvise(memory + done, size - done < SLICE ? size - done : SLICE, MADV_DONTNEED);
    munmap(memory, size);
}

void pages_unmap(void *memory, size_t size)
{
    if (!memory)
        return;
    size = pages_round(size);
    if (size < PAGES_KEPT_MIN || !keep(memory, size))
        unmap_in_slices(memory, size);
}

void pages_cache_limit(size_t limit)
{
    pthread_mutex_lock(&cache.lock);
    cache.limit = limit;
    pthread_mutex_unlock(&cache.lock);
}

void pages_trim(int64_t idle_ns)
{
    struct kept idle;
    int64_t before = clock_now_ns() - idle_ns;
    while (take_idle(before, &idle))
        unmap_in_slices(idle.memory, idle.size);
}
