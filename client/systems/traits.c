/* traits.c: see traits.h. */
#include "systems/traits.h"

#include <string.h>

static enum trait read_trait(const struct json_in *in, const char *key)
{
    if (!json_in_has(in, key))
        return TRAIT_UNKNOWN;
    return json_in_flag(in, key) ? TRAIT_YES : TRAIT_NO;
}

static void write_trait(json_t *object, const char *key, enum trait trait)
{
    if (trait != TRAIT_UNKNOWN)
        json_object_set_new(object, key, json_boolean(trait == TRAIT_YES));
}

struct traits traits_read(const struct json_in *in)
{
    return (struct traits){
        .one_loop = read_trait(in, "one_loop"),
        .thread_per_connection = read_trait(in, "thread_per_connection"),
        .incremental = read_trait(in, "incremental"),
        .whole_document = read_trait(in, "whole_document"),
    };
}

json_t *traits_write(const struct traits *traits)
{
    json_t *object = json_object();
    write_trait(object, "one_loop", traits->one_loop);
    write_trait(object, "thread_per_connection", traits->thread_per_connection);
    write_trait(object, "incremental", traits->incremental);
    write_trait(object, "whole_document", traits->whole_document);
    return object;
}

static enum trait common(enum trait a, enum trait b)
{
    return a == b ? a : TRAIT_UNKNOWN;
}

struct traits traits_common(const struct traits *a, const struct traits *b)
{
    return (struct traits){
        .one_loop = common(a->one_loop, b->one_loop),
        .thread_per_connection = common(a->thread_per_connection, b->thread_per_connection),
        .incremental = common(a->incremental, b->incremental),
        .whole_document = common(a->whole_document, b->whole_document),
    };
}

void system_traits_read(const struct json_in *in, struct system_traits *traits)
{
    json_t *endpoints = json_object_get(in->json, "endpoints");
    const char *path;
    json_t *about;
    memset(traits, 0, sizeof *traits);
    if (json_in_has(in, "serving")) {
        struct json_in serving = json_in_object(in, "serving");
        traits->serving = traits_read(&serving);
    }
    if (!json_is_object(endpoints))
        return;
    struct json_in all = json_in_object(in, "endpoints");
    json_object_foreach(endpoints, path, about)
    {
        struct json_in one = json_in_object(&all, path);
        size_t length = strlen(path);
        if (length >= TRAITS_PATH_SIZE || traits->endpoint_count == TRAITS_ENDPOINTS_MOST)
            continue;
        size_t i = traits->endpoint_count++;
        memcpy(traits->endpoints[i].path, path, length + 1);
        traits->endpoints[i].traits = traits_read(&one);
    }
}

struct traits system_traits_with(const struct system_traits *traits, const char *endpoint)
{
    struct traits out = traits->serving;
    size_t length = strcspn(endpoint, "?");
    for (size_t i = 0; i < traits->endpoint_count; i++) {
        if (strlen(traits->endpoints[i].path) == length &&
            memcmp(traits->endpoints[i].path, endpoint, length) == 0) {
            out.incremental = traits->endpoints[i].traits.incremental;
            out.whole_document = traits->endpoints[i].traits.whole_document;
        }
    }
    return out;
}
