/* addresses.c: see addresses.h. */
#include "http/addresses.h"

#include "stats/users.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>

enum { BUCKETS = 1024, BUCKET = 16 };

struct entry {
    _Atomic uint64_t key;
    atomic_uint count; /* 0: the entry is free */
};

struct addresses {
    size_t size; /* of the mapping */
    struct hash_key key;
    unsigned processes;
    struct entry tables[][BUCKETS][BUCKET];
};

struct addresses *addresses_new(unsigned processes)
{
    struct addresses *addresses;
    size_t size = sizeof *addresses + processes * sizeof addresses->tables[0];
    /* Pages that hold nobody are never made. */
    addresses =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (addresses == MAP_FAILED)
        return NULL;
    addresses->size = size;
    addresses->processes = processes;
    if (hash_key_make(&addresses->key) == 0)
        return addresses;
    munmap(addresses, size);
    return NULL;
}

void addresses_free(struct addresses *addresses)
{
    if (addresses)
        munmap(addresses, addresses->size);
}

uint64_t addresses_key(const struct addresses *addresses, const struct sockaddr *address)
{
    const struct user_name name = user_name_of_address(address);
    return name.kind == USER_TEXT ? 0 : user_name_hash(&name, &addresses->key);
}

static struct entry *bucket_of(struct addresses *addresses, unsigned process, uint64_t key)
{
    return addresses->tables[process][(key >> 1) % BUCKETS];
}

/* The address' entry, or NULL; with `anew` a free one rather than none. */
static struct entry *find(struct addresses *addresses, unsigned process, uint64_t key, bool anew)
{
    struct entry *bucket = bucket_of(addresses, process, key);
    struct entry *unused = NULL;
    for (int i = 0; i < BUCKET; i++) {
        if (atomic_load(&bucket[i].count) == 0)
            unused = &bucket[i];
        else if (atomic_load(&bucket[i].key) == key)
            return &bucket[i];
    }
    return anew ? unused : NULL;
}

unsigned addresses_add(struct addresses *addresses, unsigned process, uint64_t key)
{
    struct entry *own = find(addresses, process, key, true);
    if (!own)
        return 0;
    atomic_store(&own->key, key);
    atomic_fetch_add(&own->count, 1);
    unsigned sum = 0;
    for (unsigned i = 0; i < addresses->processes; i++) {
        const struct entry *entry = find(addresses, i, key, false);
        sum += entry ? atomic_load(&entry->count) : 0;
    }
    return sum;
}

void addresses_remove(struct addresses *addresses, unsigned process, uint64_t key)
{
    struct entry *own = find(addresses, process, key, false);
    if (own)
        atomic_fetch_sub(&own->count, 1);
}

void addresses_forget(struct addresses *addresses, unsigned process)
{
    for (unsigned i = 0; addresses && i < BUCKETS * BUCKET; i++) {
        struct entry *entry = &addresses->tables[process][i / BUCKET][i % BUCKET];
        if (atomic_load(&entry->count))
            atomic_store(&entry->count, 0);
    }
}
