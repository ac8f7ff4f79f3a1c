/*
 * own_hashtable.c: the table of an object, in the place of jansson's hashtable.c.
 *
 * jansson's own table doubles its buckets and hangs every member anew; with a million members one
 * such step takes 0.1 s. This one grows a page at a time, so that no step takes long, and needs no
 * size in advance (extendible hashing; Fagin, Nievergelt, Pippenger and Strong, 1979). Members are
 * found in pages of 2,048 slots: the first bits of a key's hash choose the page, by way of a
 * directory, the last ones the slot where the search begins. A full page is split in two, which
 * moves half of its slots. A slot holds the hash beside the member, so that only members with the
 * same 32 bits are looked at. The directory is small enough for the cache.
 *
 * A smaller object has one page and no directory; the page doubles until it has 2,048 slots. It
 * does so, too, where a directory would be too large for its members, since many keys have the same
 * first bits.
 */
#include "own_hashtable.h"

#include "jansson_key_ahead.h"
#include "src/jansson_private.h"

#include <jansson_config.h>
#include <stdint.h>
#include <string.h>

typedef struct hashtable_list list_t;
typedef struct hashtable_pair pair_t;
typedef struct hashtable_slot slot_t;
typedef struct hashtable_page page_t;

extern volatile uint32_t hashtable_seed;

#include "src/lookup3.h"

enum { HASH_BITS = 32, FIRST_ORDER = 3, SHORT_ORDER = 4, PAGE_ORDER = 11, MOST_DEPTH = 24 };

#define list_to_pair(list_) container_of(list_, pair_t, ordered_list)
#define hash_str(key_, length_) ((size_t)hashlittle((key_), (length_), hashtable_seed))

static void list_init(list_t *list)
{
    list->next = list;
    list->prev = list;
}

static void list_append(list_t *list, list_t *node)
{
    node->next = list;
    node->prev = list->prev;
    list->prev->next = node;
    list->prev = node;
}

static size_t slots_of(const page_t *page)
{
    return (size_t)1 << page->order;
}

/* The first bits of a hash: a place in a directory of 2^depth. */
static size_t place_of(size_t hash, size_t depth)
{
    return (size_t)((uint64_t)hash >> (HASH_BITS - depth));
}

static page_t *page_of(const hashtable_t *hashtable, size_t hash)
{
    return hashtable->depth ? hashtable->at.pages[place_of(hash, hashtable->depth)]
                            : hashtable->at.page;
}

static page_t *new_page(unsigned order, unsigned depth)
{
    const size_t slots = ((size_t)1 << order) * sizeof(slot_t);
    page_t *page = jsonp_malloc(sizeof *page + slots);
    if (!page)
        return NULL;
    page->order = order;
    page->depth = depth;
    page->used = 0;
    memset(page->slots, 0, slots);
    return page;
}

/* The slot of a key, or NULL. At least one slot of a page is free. */
static slot_t *find(const hashtable_t *hashtable, const char *key, size_t key_len, size_t hash)
{
    page_t *page = page_of(hashtable, hash);
    if (!page)
        return NULL;
    const size_t mask = slots_of(page) - 1;
    for (size_t at = hash & mask; page->slots[at].pair; at = (at + 1) & mask) {
        slot_t *slot = &page->slots[at];
        if (slot->hash == hash && slot->pair->key_len == key_len &&
            memcmp(slot->pair->key, key, key_len) == 0)
            return slot;
    }
    return NULL;
}

static void put(page_t *page, slot_t slot)
{
    const size_t mask = slots_of(page) - 1;
    size_t at = slot.hash & mask;
    while (page->slots[at].pair)
        at = (at + 1) & mask;
    page->slots[at] = slot;
    page->used++;
}

/* Frees a slot: what was moved on by it moves back, as far as to its own place. */
static void take_out(page_t *page, size_t hole)
{
    const size_t mask = slots_of(page) - 1;
    for (size_t at = (hole + 1) & mask; page->slots[at].pair; at = (at + 1) & mask) {
        if (((at - page->slots[at].hash) & mask) < ((at - hole) & mask))
            continue;
        page->slots[hole] = page->slots[at];
        hole = at;
    }
    page->slots[hole].pair = NULL;
    page->used--;
}

/* How many places of the directory lead to a page; they stand side by side. */
static size_t places_of(const hashtable_t *hashtable, const page_t *page)
{
    return (size_t)1 << (hashtable->depth - page->depth);
}

static void lead_to(hashtable_t *hashtable, size_t first, size_t count, page_t *page)
{
    for (size_t i = 0; i < count; i++)
        hashtable->at.pages[first + i] = page;
}

static int double_page(hashtable_t *hashtable, page_t *page, size_t hash)
{
    page_t *larger = new_page(page->order + 1, page->depth);
    if (!larger)
        return -1;
    for (size_t i = 0; i < slots_of(page); i++) {
        if (page->slots[i].pair)
            put(larger, page->slots[i]);
    }
    if (hashtable->depth) {
        const size_t count = places_of(hashtable, page);
        lead_to(hashtable, place_of(hash, hashtable->depth) / count * count, count, larger);
    } else {
        hashtable->at.page = larger;
    }
    jsonp_free(page);
    return 0;
}

static int double_directory(hashtable_t *hashtable)
{
    const size_t count = (size_t)2 << hashtable->depth;
    page_t **pages = jsonp_malloc(count * sizeof(page_t *));
    if (!pages)
        return -1;
    for (size_t i = 0; i < count; i++)
        pages[i] = hashtable->depth ? hashtable->at.pages[i / 2] : hashtable->at.page;
    if (hashtable->depth)
        jsonp_free(hashtable->at.pages);
    hashtable->at.pages = pages;
    hashtable->depth++;
    return 0;
}

/* The second half of a page's hashes gets a page of its own. */
static int split(hashtable_t *hashtable, page_t *page, size_t hash)
{
    if (page->depth == hashtable->depth && double_directory(hashtable))
        return -1;
    page_t *second = new_page(page->order, page->depth + 1);
    if (!second)
        return -1;
    const size_t count = places_of(hashtable, page);
    const size_t first = place_of(hash, hashtable->depth) / count * count;
    page->depth++;
    lead_to(hashtable, first + count / 2, count / 2, second);
    const size_t bit = (size_t)1 << (HASH_BITS - page->depth);
    for (size_t i = 0; i < slots_of(page);) {
        if (page->slots[i].pair && (page->slots[i].hash & bit)) {
            put(second, page->slots[i]);
            take_out(page, i); /* another one may be in slot i now */
        } else {
            i++;
        }
    }
    return 0;
}

/* A directory has a place for 8 members at the most. */
static int may_split(const hashtable_t *hashtable, const page_t *page)
{
    return page->depth < hashtable->depth ||
           (hashtable->depth < MOST_DEPTH && ((size_t)16 << hashtable->depth) <= hashtable->size);
}

/* With no more than 16 slots a search is short, however many are taken; one must be free. */
static size_t most_of(const page_t *page)
{
    return slots_of(page) - (page->order > SHORT_ORDER ? slots_of(page) / 8 : 1);
}

/* Sees to it that one more member with this hash finds a free slot, and leaves one free. */
static int make_room(hashtable_t *hashtable, size_t hash)
{
    page_t *page = page_of(hashtable, hash);
    if (!page) {
        hashtable->at.page = new_page(FIRST_ORDER, 0);
        return hashtable->at.page ? 0 : -1;
    }
    while (page->used >= most_of(page)) {
        const int splits = page->order >= PAGE_ORDER && may_split(hashtable, page);
        if (splits ? split(hashtable, page, hash) : double_page(hashtable, page, hash))
            return -1;
        page = page_of(hashtable, hash);
    }
    return 0;
}

/* For a key that comes later, where the table is too large for the cache. */
static void fetch_ahead(const hashtable_t *hashtable)
{
    uint32_t hash;
    if (!jansson_key_ahead || !jansson_key_ahead(&hash) || !hashtable->depth)
        return;
    page_t *page = hashtable->at.pages[place_of(hash, hashtable->depth)];
    __builtin_prefetch(page, 1);
    __builtin_prefetch(&page->slots[hash & (((uint32_t)1 << PAGE_ORDER) - 1)], 1);
}

static pair_t *new_pair(const char *key, size_t key_len, json_t *value)
{
    pair_t *pair;
    if (key_len >= (size_t)-1 - offsetof(pair_t, key))
        return NULL;
    pair = jsonp_malloc(offsetof(pair_t, key) + key_len + 1);
    if (!pair)
        return NULL;
    memcpy(pair->key, key, key_len);
    pair->key[key_len] = '\0';
    pair->key_len = key_len;
    pair->value = value;
    return pair;
}

static void free_members(hashtable_t *hashtable)
{
    list_t *next;
    for (list_t *list = hashtable->ordered_list.next; list != &hashtable->ordered_list;
         list = next) {
        pair_t *pair = list_to_pair(list);
        next = list->next;
        json_decref(pair->value);
        jsonp_free(pair);
    }
}

static void free_pages(hashtable_t *hashtable)
{
    if (!hashtable->depth) {
        jsonp_free(hashtable->at.page);
        return;
    }
    const size_t end = (size_t)1 << hashtable->depth;
    size_t count;
    for (size_t i = 0; i < end; i += count) {
        page_t *page = hashtable->at.pages[i];
        count = places_of(hashtable, page);
        jsonp_free(page);
    }
    jsonp_free(hashtable->at.pages);
}

int hashtable_init(hashtable_t *hashtable)
{
    hashtable->size = 0;
    hashtable->depth = 0;
    hashtable->at.page = NULL;
    list_init(&hashtable->ordered_list);
    return 0;
}

void hashtable_close(hashtable_t *hashtable)
{
    free_members(hashtable);
    free_pages(hashtable);
}

void hashtable_clear(hashtable_t *hashtable)
{
    hashtable_close(hashtable);
    if (hashtable_init(hashtable))
        return; /* it can't fail */
}

int hashtable_set(hashtable_t *hashtable, const char *key, size_t key_len, json_t *value)
{
    const size_t hash = hash_str(key, key_len);
    fetch_ahead(hashtable);
    slot_t *slot = find(hashtable, key, key_len, hash);
    if (slot) {
        json_decref(slot->pair->value);
        slot->pair->value = value;
        return 0;
    }
    pair_t *pair = new_pair(key, key_len, value);
    if (!pair)
        return -1;
    if (make_room(hashtable, hash)) {
        jsonp_free(pair);
        return -1;
    }
    put(page_of(hashtable, hash), (slot_t){pair, (uint32_t)hash});
    list_append(&hashtable->ordered_list, &pair->ordered_list);
    hashtable->size++;
    return 0;
}

void *hashtable_get(hashtable_t *hashtable, const char *key, size_t key_len)
{
    const slot_t *slot = find(hashtable, key, key_len, hash_str(key, key_len));
    return slot ? slot->pair->value : NULL;
}

int hashtable_del(hashtable_t *hashtable, const char *key, size_t key_len)
{
    const size_t hash = hash_str(key, key_len);
    const slot_t *slot = find(hashtable, key, key_len, hash);
    if (!slot)
        return -1;
    page_t *page = page_of(hashtable, hash);
    pair_t *pair = slot->pair;
    take_out(page, (size_t)(slot - page->slots));
    pair->ordered_list.prev->next = pair->ordered_list.next;
    pair->ordered_list.next->prev = pair->ordered_list.prev;
    hashtable->size--;
    json_decref(pair->value);
    jsonp_free(pair);
    return 0;
}

void *hashtable_iter(hashtable_t *hashtable)
{
    return hashtable_iter_next(hashtable, &hashtable->ordered_list);
}

void *hashtable_iter_at(hashtable_t *hashtable, const char *key, size_t key_len)
{
    const slot_t *slot = find(hashtable, key, key_len, hash_str(key, key_len));
    return slot ? &slot->pair->ordered_list : NULL;
}

void *hashtable_iter_next(hashtable_t *hashtable, void *iter)
{
    list_t *list = iter;
    return list->next == &hashtable->ordered_list ? NULL : list->next;
}

void *hashtable_iter_key(void *iter)
{
    return list_to_pair((list_t *)iter)->key;
}

size_t hashtable_iter_key_len(void *iter)
{
    return list_to_pair((list_t *)iter)->key_len;
}

void *hashtable_iter_value(void *iter)
{
    return list_to_pair((list_t *)iter)->value;
}

void hashtable_iter_set(void *iter, json_t *value)
{
    pair_t *pair = list_to_pair((list_t *)iter);
    json_decref(pair->value);
    pair->value = value;
}
