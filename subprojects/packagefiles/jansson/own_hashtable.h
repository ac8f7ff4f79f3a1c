/*
 * own_hashtable.h: the table of an object, in the place of jansson's hashtable.h, whose guard it
 * takes: the functions are the same (src/hashtable.h describes them). own_hashtable.c says how it
 * works.
 */
#ifndef HASHTABLE_H
#define HASHTABLE_H

#include "src/jansson.h"

#include <stdint.h>
#include <stdlib.h>

struct hashtable_list {
    struct hashtable_list *prev;
    struct hashtable_list *next;
};

struct hashtable_pair {
    struct hashtable_list ordered_list;
    json_t *value;
    size_t key_len;
    char key[1];
};

/* 12 bytes, not 16: small objects take no more memory than with jansson's table. */
struct __attribute__((packed, aligned(4))) hashtable_slot {
    struct hashtable_pair *pair; /* NULL: free */
    uint32_t hash;
};

struct hashtable_page {
    unsigned order; /* it has 2^order slots */
    unsigned depth; /* so many first bits of a hash lead here */
    size_t used;    /* slots that are not free */
    struct hashtable_slot slots[];
};

typedef struct hashtable {
    size_t size;
    size_t depth; /* the directory has 2^depth places */
    union {
        struct hashtable_page *page;   /* of depth 0: the only one; NULL: there was no member yet */
        struct hashtable_page **pages; /* else: by the first bits of a hash */
    } at;
    struct hashtable_list ordered_list;
} hashtable_t;

#define hashtable_key_to_iter(key_)                                                                \
    (&(container_of(key_, struct hashtable_pair, key)->ordered_list))

int hashtable_init(hashtable_t *hashtable) JANSSON_ATTRS((warn_unused_result));
void hashtable_close(hashtable_t *hashtable);
int hashtable_set(hashtable_t *hashtable, const char *key, size_t key_len, json_t *value);
void *hashtable_get(hashtable_t *hashtable, const char *key, size_t key_len);
int hashtable_del(hashtable_t *hashtable, const char *key, size_t key_len);
void hashtable_clear(hashtable_t *hashtable);
void *hashtable_iter(hashtable_t *hashtable);
void *hashtable_iter_at(hashtable_t *hashtable, const char *key, size_t key_len);
void *hashtable_iter_next(hashtable_t *hashtable, void *iter);
void *hashtable_iter_key(void *iter);
size_t hashtable_iter_key_len(void *iter);
void *hashtable_iter_value(void *iter);
void hashtable_iter_set(void *iter, json_t *value);

#endif
