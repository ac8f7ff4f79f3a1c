/* space_saving.c: see space_saving.h. */
#include "stats/space_saving.h"

#include "base/units.h"

#include <stdatomic.h>
#include <string.h>

const uint64_t user_size_bounds[USER_SIZES] = {
    1 << 10, 16 << 10, 64 << 10, 256 << 10, MIB, 4 * MIB, 8 * MIB, 16 * MIB, 32 * MIB, UINT64_MAX,
};

void user_counts_add(struct user_counts *into, const struct user_counts *more)
{
    into->requests += more->requests;
    into->large += more->large;
    into->limited += more->limited;
    into->bytes += more->bytes;
    if (more->largest > into->largest)
        into->largest = more->largest;
    into->held_ns += more->held_ns;
    into->loop_ns += more->loop_ns;
    into->loop_square_us2 += more->loop_square_us2;
    for (int i = 0; i < USER_SIZES; i++)
        into->sizes[i] += more->sizes[i];
}

static void count(struct user_counts *counts, const struct user_request *request)
{
    int size = 0;
    while (request->bytes > user_size_bounds[size])
        size++;
    counts->sizes[size]++;
    counts->requests++;
    counts->large += request->large;
    counts->limited += request->limited;
    counts->bytes += request->bytes;
    if (request->bytes > counts->largest)
        counts->largest = request->bytes;
    counts->held_ns += request->held_ns;
    counts->loop_ns += request->loop_ns;
    counts->loop_square_us2 += request->loop_square_us2;
}

uint64_t user_name_hash(const struct user_name *name, const struct hash_key *key)
{
    return keyed_hash(key, name, offsetof(struct user_name, bytes) + name->length) | 1;
}

static uint16_t *bucket_of(struct sketch *sketch, uint64_t hash)
{
    return &sketch->buckets[hash % SKETCH_BUCKETS];
}

static struct sketch_entry *find(struct sketch *sketch, const struct user_name *name, uint64_t hash)
{
    unsigned at = *bucket_of(sketch, hash);
    while (at) {
        struct sketch_entry *entry = &sketch->entries[at - 1];
        if (entry->hash == hash && memcmp(&entry->name, name, sizeof *name) == 0)
            return entry;
        at = entry->next;
    }
    return NULL;
}

static void put_in_bucket(struct sketch *sketch, struct sketch_entry *entry)
{
    uint16_t *bucket = bucket_of(sketch, entry->hash);
    entry->next = *bucket;
    *bucket = (uint16_t)(entry - sketch->entries + 1);
}

static void take_from_bucket(struct sketch *sketch, const struct sketch_entry *entry)
{
    const unsigned own = (unsigned)(entry - sketch->entries) + 1;
    uint16_t *at = bucket_of(sketch, entry->hash);
    while (*at != own)
        at = &sketch->entries[*at - 1].next;
    *at = entry->next;
}

static void place(struct sketch *sketch, unsigned at, struct sketch_weight weight)
{
    sketch->heap[at] = weight;
    sketch->entries[weight.entry].heap_at = (uint16_t)at;
}

/* The weight at `at` has grown: it goes down below those that are less. */
static void sift_down(struct sketch *sketch, unsigned at, struct sketch_weight weight)
{
    for (;;) {
        unsigned child = 2 * at + 1;
        if (child + 1 < sketch->used && sketch->heap[child + 1].ns < sketch->heap[child].ns)
            child++;
        if (child >= sketch->used || sketch->heap[child].ns >= weight.ns)
            break;
        place(sketch, at, sketch->heap[child]);
        at = child;
    }
    place(sketch, at, weight);
}

/* The weight at `at`, which is the last one, goes up above those that are more. */
static void sift_up(struct sketch *sketch, unsigned at, struct sketch_weight weight)
{
    while (at && sketch->heap[(at - 1) / 2].ns > weight.ns) {
        place(sketch, at, sketch->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(sketch, at, weight);
}

static struct sketch_entry *follow_one_more(struct sketch *sketch)
{
    const unsigned index = sketch->used++;
    sift_up(sketch, index, (struct sketch_weight){.ns = 0, .entry = (uint16_t)index});
    return &sketch->entries[index];
}

/* The place of whoever has taken the least, whose counts go to the others. */
static struct sketch_entry *take_a_place(struct sketch *sketch)
{
    struct sketch_entry *entry = &sketch->entries[sketch->heap[0].entry];
    user_counts_add(&sketch->others, &entry->counts);
    take_from_bucket(sketch, entry);
    return entry;
}

static struct sketch_entry *begin(struct sketch *sketch, const struct user_name *name,
                                  uint64_t hash)
{
    const uint64_t error_ns = sketch_least(sketch);
    struct sketch_entry *entry =
        sketch->used < SKETCH_USERS ? follow_one_more(sketch) : take_a_place(sketch);
    entry->name = *name;
    entry->hash = hash;
    entry->error_ns = error_ns;
    entry->counts = (struct user_counts){.requests = 0};
    put_in_bucket(sketch, entry);
    return entry;
}

/* For a process that may die at any instruction: the compiler moves no store across it. */
static void set_changing(struct sketch *sketch, bool changing)
{
    atomic_signal_fence(memory_order_seq_cst);
    sketch->changing = changing;
    atomic_signal_fence(memory_order_seq_cst);
}

void sketch_add(struct sketch *sketch, const struct user_name *name, uint64_t hash,
                const struct user_request *request)
{
    set_changing(sketch, true);
    struct sketch_entry *entry = find(sketch, name, hash);
    if (!entry)
        entry = begin(sketch, name, hash);
    count(&entry->counts, request);
    struct sketch_weight weight = sketch->heap[entry->heap_at];
    weight.ns = entry->error_ns + entry->counts.held_ns;
    sift_down(sketch, entry->heap_at, weight);
    set_changing(sketch, false);
}

void sketch_recover(struct sketch *sketch, const struct hash_key *key)
{
    if (!sketch->changing)
        return;
    memset(sketch->buckets, 0, sizeof sketch->buckets);
    for (unsigned i = 0; i < sketch->used; i++) {
        struct sketch_entry *entry = &sketch->entries[i];
        if (entry->name.length > USER_BYTES)
            entry->name.length = USER_BYTES;
        entry->hash = user_name_hash(&entry->name, key);
        put_in_bucket(sketch, entry);
        const uint64_t ns = entry->error_ns + entry->counts.held_ns;
        sift_up(sketch, i, (struct sketch_weight){.ns = ns, .entry = (uint16_t)i});
    }
    set_changing(sketch, false);
}

uint64_t sketch_least(const struct sketch *sketch)
{
    return sketch->used < SKETCH_USERS ? 0 : sketch->heap[0].ns;
}
