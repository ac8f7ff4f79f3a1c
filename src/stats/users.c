/* users.c: see users.h. */
#include "stats/users.h"

#include "base/error.h"
#include "base/shared_lock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct users {
    size_t size; /* of the mapping */
    struct hash_key key;
    unsigned places;
    struct sketch sketches[];
};

struct users *users_new(unsigned places)
{
    struct users *users;
    const size_t size = sizeof *users + places * sizeof users->sketches[0];
    /* Pages of places that no user is in are never made. */
    users =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (users == MAP_FAILED)
        return NULL;
    users->size = size;
    users->places = places;
    int error = hash_key_make(&users->key);
    for (unsigned i = 0; i < places && !error; i++)
        error = shared_lock_init(&users->sketches[i].lock);
    if (!error)
        return users;
    munmap(users, size);
    return NULL;
}

void users_free(struct users *users)
{
    if (users)
        munmap(users, users->size);
}

/* --- names ---------------------------------------------------------------- */

/* A text that is too long keeps so much, and then "~0123456789abcdef". */
enum { HASH_DIGITS = 16, KEPT = USER_BYTES - HASH_DIGITS - 1, NETWORK_BYTES = 8 };

/* Writes as much of a text as fits, percent-encoded. Returns how many bytes of it that were. */
static size_t encode(struct user_name *name, const char *text, size_t length)
{
    size_t taken = 0;
    name->length = 0;
    for (; taken < length; taken++) {
        const unsigned char byte = (unsigned char)text[taken];
        const bool plain = byte >= ' ' && byte < 0x7f && byte != '%';
        if (name->length + (plain ? 1u : 3u) > USER_BYTES)
            break;
        if (plain) {
            name->bytes[name->length++] = (char)byte;
        } else {
            static const char digits[] = "0123456789ABCDEF";
            name->bytes[name->length++] = '%';
            name->bytes[name->length++] = digits[byte >> 4];
            name->bytes[name->length++] = digits[byte & 15];
        }
    }
    return taken;
}

struct user_name user_name_of_address(const struct sockaddr *address)
{
    struct user_name name = {.kind = USER_IPV4, .length = sizeof(struct in_addr)};
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)address;
        memcpy(name.bytes, &v4->sin_addr, sizeof v4->sin_addr);
    } else if (address->sa_family == AF_INET6) {
        const struct in6_addr *v6 =
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        const bool mapped = IN6_IS_ADDR_V4MAPPED(v6);
        name.kind = mapped ? USER_IPV4 : USER_IPV6_NET;
        name.length = (uint8_t)(mapped ? sizeof(struct in_addr) : NETWORK_BYTES);
        memcpy(name.bytes, v6->s6_addr + (mapped ? sizeof *v6 - sizeof(struct in_addr) : 0),
               name.length);
    } else {
        name.kind = USER_TEXT;
        encode(&name, "unknown", strlen("unknown"));
    }
    return name;
}

static void cut(struct user_name *name, uint64_t hash)
{
    char digits[HASH_DIGITS + 1];
    snprintf(digits, sizeof digits, "%016llx", (unsigned long long)hash);
    name->bytes[KEPT] = '~';
    memcpy(name->bytes + KEPT + 1, digits, HASH_DIGITS);
    name->length = USER_BYTES;
}

/* What looks as if it had been cut is cut, too: it would be somebody else's name. */
struct user_name users_name_of_text(const struct users *users, const char *text, size_t length)
{
    struct user_name name = {.kind = USER_TEXT};
    const bool fits = encode(&name, text, length) == length;
    if (!fits || (name.length == USER_BYTES && name.bytes[KEPT] == '~'))
        cut(&name, keyed_hash(&users->key, text, length));
    return name;
}

void user_name_show(const struct user_name *name, char out[USER_TEXT_SIZE])
{
    unsigned char v6[sizeof(struct in6_addr)] = {0};
    char network[INET6_ADDRSTRLEN] = "";
    switch (name->kind) {
    case USER_IPV4:
        inet_ntop(AF_INET, name->bytes, out, USER_TEXT_SIZE);
        break;
    case USER_IPV6_NET:
        memcpy(v6, name->bytes, NETWORK_BYTES);
        inet_ntop(AF_INET6, v6, network, sizeof network);
        snprintf(out, USER_TEXT_SIZE, "%s/64", network);
        break;
    default:
        snprintf(out, USER_TEXT_SIZE, "%.*s", (int)name->length, name->bytes);
        break;
    }
}

uint64_t users_hash(const struct users *users, const struct user_name *name)
{
    return user_name_hash(name, &users->key);
}

/* --- recording ------------------------------------------------------------ */

static void lock(struct users *users, struct sketch *sketch)
{
    shared_lock_take(&sketch->lock);
    sketch_recover(sketch, &users->key);
}

void users_record(struct users *users, unsigned place, const struct user_name *name, uint64_t hash,
                  const struct user_request *request)
{
    struct sketch *sketch = &users->sketches[place];
    lock(users, sketch);
    sketch_add(sketch, name, hash, request);
    pthread_mutex_unlock(&sketch->lock);
}

/* --- reading -------------------------------------------------------------- */

/*
 * Places are merged one after the other (Agarwal and others, "Mergeable summaries", 2012) into at
 * most twice as many rows as are told: when there are more, those with the least weight go to the
 * others, and whoever comes up later may have been among them.
 */
enum { ROWS = 2 * SKETCH_USERS, SLOTS = 4 * SKETCH_USERS, AT_A_TIME = 8 };

/* Where a row of this name is or would be. */
static uint16_t *slot_of(const struct users_view *view, const struct user_name *name, uint64_t hash)
{
    size_t at = hash % SLOTS;
    while (view->slots[at]) {
        const struct user_row *row = &view->rows[view->slots[at] - 1];
        if (row->hash == hash && memcmp(&row->name, name, sizeof *name) == 0)
            break;
        at = (at + 1) % SLOTS;
    }
    return &view->slots[at];
}

static struct user_row *row_of(struct users_view *view, const struct sketch_entry *entry)
{
    uint16_t *slot = slot_of(view, &entry->name, entry->hash);
    if (!*slot) {
        view->rows[view->count] = (struct user_row){
            .name = entry->name, .hash = entry->hash, .error_ns = (int64_t)view->error_ns};
        *slot = (uint16_t)++view->count;
    }
    return &view->rows[*slot - 1];
}

static int by_time_held(const void *left, const void *right)
{
    const struct user_row *a = left;
    const struct user_row *b = right;
    if (a->counts.held_ns != b->counts.held_ns)
        return a->counts.held_ns < b->counts.held_ns ? 1 : -1;
    return memcmp(&a->name, &b->name, sizeof a->name);
}

/* Sorts the rows and leaves SKETCH_USERS of them. */
static void prune(struct users_view *view)
{
    qsort(view->rows, view->count, sizeof *view->rows, by_time_held);
    for (; view->count > SKETCH_USERS; view->count--) {
        const struct user_row *last = &view->rows[view->count - 1];
        const uint64_t weight_ns = last->counts.held_ns + (uint64_t)last->error_ns;
        user_counts_add(&view->others, &last->counts);
        if (weight_ns > view->error_ns)
            view->error_ns = weight_ns;
    }
    memset(view->slots, 0, SLOTS * sizeof *view->slots);
    for (unsigned i = 0; i < view->count; i++)
        *slot_of(view, &view->rows[i].name, view->rows[i].hash) = (uint16_t)(i + 1);
}

/* A few at a time, so that nobody who records waits for long. Returns how many there were. */
static unsigned copy(struct users *users, struct sketch *sketch, unsigned from,
                     struct sketch_entry entries[AT_A_TIME])
{
    unsigned count = 0;
    lock(users, sketch);
    for (; count < AT_A_TIME && from + count < sketch->used; count++)
        entries[count] = sketch->entries[from + count];
    pthread_mutex_unlock(&sketch->lock);
    return count;
}

/* Who is in the place has its error there, who is not may have taken the least that is in it. */
static void add_entry(struct users_view *view, const struct sketch_entry *entry, uint64_t least_ns)
{
    struct user_row *row = row_of(view, entry);
    user_counts_add(&row->counts, &entry->counts);
    row->error_ns += (int64_t)entry->error_ns - (int64_t)least_ns;
}

/* Returns how many users the place has. */
static unsigned add_place(struct users *users, struct users_view *view, struct sketch *sketch)
{
    struct sketch_entry entries[AT_A_TIME];
    lock(users, sketch);
    const uint64_t least_ns = sketch_least(sketch);
    user_counts_add(&view->others, &sketch->others);
    pthread_mutex_unlock(&sketch->lock);
    view->error_ns += least_ns;
    for (unsigned i = 0; i < view->count; i++)
        view->rows[i].error_ns += (int64_t)least_ns;
    unsigned from = 0;
    for (unsigned count; (count = copy(users, sketch, from, entries)); from += count) {
        for (unsigned i = 0; i < count; i++)
            add_entry(view, &entries[i], least_ns);
    }
    return from;
}

static int begin_view(struct users_view *view)
{
    view->rows = malloc(ROWS * sizeof *view->rows);
    view->slots = calloc(SLOTS, sizeof *view->slots);
    return view->rows && view->slots ? 0 : -ENOMEM;
}

int users_read(struct users *users, struct users_view *view)
{
    const int error = view->rows ? 0 : begin_view(view);
    if (error)
        return error;
    while (view->places < users->places && view->count <= SKETCH_USERS) {
        if (add_place(users, view, &users->sketches[view->places++]))
            return USERS_MORE;
    }
    prune(view);
    return view->places < users->places ? USERS_MORE : 0;
}

void users_view_deinit(struct users_view *view)
{
    free(view->rows);
    free(view->slots);
    *view = (struct users_view){.rows = NULL};
}
