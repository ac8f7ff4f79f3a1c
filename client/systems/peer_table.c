/* peer_table.c: see peer_table.h. */
#include "systems/peer_table.h"

#include "base/error.h"
#include "systems/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where an error was found: "peers[2]". */
struct place {
    const char *path;
    size_t index;
    char *error;
};

static int refuse(const struct place *place, const char *key, const char *expected)
{
    snprintf(place->error, PEER_ERROR_SIZE, "%.300s: peers[%zu]: %s: expected %s", place->path,
             place->index, key, expected);
    return PEER_TABLE_INVALID;
}

static int read_text(const struct place *place, const json_t *row, const char *key, bool needed,
                     const char **out)
{
    const json_t *value = json_object_get(row, key);
    *out = value ? json_string_value(value) : "";
    bool good = *out && (!needed || **out);
    return good ? 0 : refuse(place, key, "a text");
}

static int read_words(const struct place *place, const json_t *row, const char *key, bool needed,
                      const char *out[COMMAND_WORDS_MOST + 1])
{
    const json_t *value = json_object_get(row, key);
    size_t count = json_array_size(value);
    bool good = value ? json_is_array(value) && count && count <= COMMAND_WORDS_MOST : !needed;
    for (size_t i = 0; good && i < count; i++) {
        out[i] = json_string_value(json_array_get(value, i));
        good = out[i] != NULL;
    }
    return good ? 0 : refuse(place, key, "a list of words");
}

/* Refuses members that are not in the NULL-terminated list `known`; `names` has them as a text. */
static int check_keys(const struct place *place, json_t *object, const char *const *known,
                      const char *names)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        size_t i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i])
            return refuse(place, key, names);
    }
    return 0;
}

/* What the row tells as looplagd does at /stats, of which it may be a copy. */
static int read_traits(const struct place *place, json_t *row, struct peer *peer)
{
    static const char *const serving_keys[] = {"one_loop", "thread_per_connection", "loops",
                                               "answered_by", NULL};
    static const char *const endpoint_keys[] = {"incremental", "whole_document", NULL};
    json_t *serving = json_object_get(row, "serving");
    json_t *endpoints = json_object_get(row, "endpoints");
    const char *path;
    json_t *about;
    struct json_fault fault = {0};
    const struct json_in in = {.json = row, .fault = &fault};
    system_traits_read(&in, &peer->traits);
    if (fault.error) {
        snprintf(place->error, PEER_ERROR_SIZE, "%.240s: peers[%zu].%s", place->path, place->index,
                 fault.text);
        return PEER_TABLE_INVALID;
    }
    int r = check_keys(place, serving, serving_keys,
                       "one_loop, thread_per_connection, loops or answered_by");
    json_object_foreach(json_is_object(endpoints) ? endpoints : NULL, path, about)
    {
        if (r == 0)
            r = check_keys(place, about, endpoint_keys, "incremental or whole_document");
    }
    return r;
}

/* A list of paths, or an object with what is known of each. */
static int read_endpoints(const struct place *place, json_t *row, struct peer *peer)
{
    json_t *value = json_object_get(row, "endpoints");
    const char *path;
    json_t *about;
    size_t count = 0;
    if (!json_is_object(value))
        return read_words(place, row, "endpoints", false, peer->endpoints);
    if (json_object_size(value) == 0 || json_object_size(value) > TRAITS_ENDPOINTS_MOST)
        return refuse(place, "endpoints", "1 to 16 paths");
    json_object_foreach(value, path, about) peer->endpoints[count++] = path;
    return 0;
}

static int read_row(const struct place *place, json_t *row, struct peer *peer)
{
    static const char *const keys[] = {"name",  "about",     "command", "installed", "packages",
                                       "ready", "endpoints", "serving", NULL};
    if (!json_is_object(row))
        return refuse(place, "this", "an object");
    int r = check_keys(place, row, keys,
                       "name, about, command, installed, packages, ready, endpoints or serving");
    if (r == 0)
        r = read_text(place, row, "name", true, &peer->launch.name);
    if (r == 0)
        r = read_text(place, row, "about", false, &peer->about);
    if (r == 0)
        r = read_words(place, row, "command", true, peer->launch.words);
    if (r == 0)
        r = read_words(place, row, "installed", false, peer->installed);
    if (r == 0)
        r = read_traits(place, row, peer);
    if (r == 0)
        r = read_endpoints(place, row, peer);
    if (r == 0)
        r = read_text(place, row, "packages", false, &peer->packages);
    if (r == 0)
        r = read_text(place, row, "ready", false, &peer->launch.ready);
    if (r == 0 && peer->launch.ready[0] == '\0')
        peer->launch.ready = "/healthz";
    return r == 0 && peer->launch.ready[0] != '/'
               ? refuse(place, "ready", "a path such as /healthz")
               : r;
}

static bool find_folder(struct peer_table *table, const char *path)
{
    char *real = realpath(path, NULL);
    char *slash = real ? strrchr(real, '/') : NULL;
    bool fits = slash && (size_t)(slash - real) < sizeof table->folder;
    if (fits) {
        *slash = '\0';
        snprintf(table->folder, sizeof table->folder, "%s", real);
    }
    free(real);
    return fits;
}

int peer_table_read(struct peer_table *table, const char *path, char error[PEER_ERROR_SIZE])
{
    json_error_t wrong;
    memset(table, 0, sizeof *table);
    if (!find_folder(table, path)) {
        snprintf(error, PEER_ERROR_SIZE, "--peers: %.300s: %s", path, strerror(errno));
        return PEER_TABLE_INVALID;
    }
    table->document = json_load_file(path, JSON_REJECT_DUPLICATES, &wrong);
    const json_t *rows = json_object_get(table->document, "peers");
    if (!table->document)
        snprintf(error, PEER_ERROR_SIZE, "%.300s: line %d: %.120s", path, wrong.line, wrong.text);
    size_t count = json_array_size(rows);
    int r = count > 0 && count <= PEERS_MOST ? 0 : PEER_TABLE_INVALID;
    if (r && table->document)
        snprintf(error, PEER_ERROR_SIZE, "%.300s: peers: expected a list of 1 to %d", path,
                 PEERS_MOST);
    for (size_t i = 0; r == 0 && i < count; i++) {
        const struct place place = {path, i, error};
        r = read_row(&place, json_array_get(rows, i), &table->rows[i]);
        table->rows[i].launch.folder = table->folder;
        table->count = i + 1;
    }
    if (r)
        peer_table_deinit(table);
    return r;
}

void peer_table_deinit(struct peer_table *table)
{
    json_decref(table->document);
    table->document = NULL;
    table->count = 0;
}

bool peer_table_find(char path[PEER_PATH_SIZE])
{
    return program_find_beside("../../test/peers/peers.json", R_OK, path) ||
           program_find_beside("../share/looplag/peers/peers.json", R_OK, path);
}
