/* plan_write.c: see plan_write.h. */
#include "plan/plan_write.h"

#include "base/buffer.h"
#include "base/error.h"
#include "plan/class_keys.h"
#include "plan/secret.h"

#include <jansson.h>

/* A text without its secrets. NULL without memory, or where it is not UTF-8. */
static json_t *masked(const char *text)
{
    CLEANUP(buffer_deinit)
    struct buffer out = {0};
    secret_mask(text, &out);
    return out.error ? NULL : json_stringn(out.data, out.length);
}

/* What was said last, or for options that repeat, everything; the first time it is met. */
static void set_option(json_t *object, const struct option_row *row, const char *text)
{
    json_t *value = text ? masked(text) : json_true();
    json_t *before = json_object_get(object, row->name);
    if (row->repeats && json_is_array(before))
        json_array_append_new(before, value);
    else
        json_object_set_new(object, row->name, row->repeats ? json_pack("[o]", value) : value);
}

static json_t *options_json(const struct option_reader *reader)
{
    json_t *object = json_object();
    for (size_t i = 0; i < reader->said_count; i++) {
        const struct option_said *said = &reader->said[i];
        if (!said->row->aside)
            set_option(object, said->row, said->text);
    }
    return object;
}

static json_t *class_json(const struct traffic_class *class)
{
    char value[CLASS_PATH_SIZE];
    const char *key;
    json_t *object = json_pack("{s:s}", "name", class->name);
    for (size_t i = 0; (key = class_key_at(i)); i++) {
        if (class_get(class, key, value))
            json_object_set_new(object, key, masked(value));
    }
    if (class->headers[0])
        json_object_set_new(object, "headers", json_array());
    for (const char *line = NULL; (line = class_next_header(class, line));)
        json_array_append_new(json_object_get(object, "headers"), masked(line));
    return object;
}

static json_t *headers_json(const char *const *lines)
{
    json_t *array = json_array();
    for (; *lines; lines++)
        json_array_append_new(array, masked(*lines));
    return array;
}

static json_t *systems_json(const struct options *options)
{
    json_t *array = json_array();
    for (size_t i = 0; i < options->system_count; i++) {
        const struct system_spec *spec = &options->systems[i];
        json_t *object = json_pack("{s:s, s:o}", "label", spec->label,
                                   system_spec_names[spec->kind].key, masked(spec->text));
        if (spec->port)
            json_object_set_new(object, "port", json_integer(spec->port));
        if (spec->headers)
            json_object_set_new(object, "headers", headers_json(spec->headers));
        json_array_append_new(array, object);
    }
    return array;
}

char *plan_write(const struct options *options, const struct option_reader *reader)
{
    json_t *root = json_pack("{s:o}", "options", options_json(reader));
    json_t *classes = json_array();
    for (size_t i = 0; i < options->class_count; i++)
        json_array_append_new(classes, class_json(&options->classes[i]));
    json_object_set_new(root, "classes", classes);
    if (options->system_count)
        json_object_set_new(root, "systems", systems_json(options));
    char *text = json_dumps(root, JSON_INDENT(2));
    json_decref(root);
    return text;
}
