/* plan_read.c: see plan_read.h. */
#include "plan/plan_read.h"

#include "base/error.h"
#include "plan/class_keys.h"
#include "plan/header.h"
#include "plan/json_in.h"
#include "plan/options_set.h"
#include "plan/secret.h"

#include <stdio.h>
#include <string.h>

struct plan {
    struct options *options;
    struct option_reader *reader;
};

/* A text that stays as long as the options do. */
static const char *own(const struct json_in *in, const struct plan *plan, char *text)
{
    const char *owned = options_own(plan->options, text);
    if (!owned)
        json_in_fail(in, -ENOMEM);
    else
        secret_learn(owned);
    return owned ? owned : "";
}

/* A scalar as it would be typed. */
static const char *scalar(const struct json_in *in, const char *key, json_t *value,
                          const struct plan *plan)
{
    char *text = NULL;
    int length = 0;
    if (in->fault->error)
        return "";
    if (json_is_boolean(value))
        return json_is_true(value) ? "yes" : "no";
    if (json_is_string(value))
        text = strdup(json_string_value(value));
    else if (json_is_integer(value))
        length = asprintf(&text, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        length = asprintf(&text, "%.15g", json_real_value(value));
    else
        json_in_refuse(in, key, ": expected a text, a number, true or false");
    const char *owned = in->fault->error ? "" : own(in, plan, length < 0 ? NULL : text);
    if (strstr(owned, SECRET_MASK))
        json_in_refuse(in, key,
                       " was masked when the plan was written: put the secret back, or give it in "
                       "a file with -H @FILE");
    return owned;
}

static void give(const struct json_in *in, const char *key, const char *option, const char *text,
                 const struct plan *plan)
{
    if (!in->fault->error && option_give(plan->reader, option, text))
        json_in_refuse(in, key, ": %s", plan->reader->error);
}

/* An option: its text, several of them, or true for one that has none. */
static void read_option(const struct json_in *in, const char *key, json_t *value,
                        const struct plan *plan)
{
    size_t index;
    json_t *one;
    if (json_is_true(value))
        give(in, key, key, NULL, plan);
    else if (json_is_array(value))
        json_array_foreach(value, index, one) give(in, key, key, scalar(in, key, one, plan), plan);
    else if (!json_is_false(value))
        give(in, key, key, scalar(in, key, value, plan), plan);
}

static void read_options(const struct json_in *root, const struct plan *plan)
{
    const char *key;
    json_t *value;
    if (!json_in_has(root, "options"))
        return;
    struct json_in in = json_in_object(root, "options");
    json_object_foreach(in.json, key, value) read_option(&in, key, value, plan);
}

/* "Name: value" for the key that takes Name=value. */
static void read_header(const struct json_in *in, struct traffic_class *class, const char *line)
{
    char pair[CLASS_HEADERS_SIZE];
    char error[CLASS_ERROR_SIZE];
    unsigned told = 0;
    size_t length = strcspn(line, ":");
    const char *value = line + length + (line[length] == ':');
    value += strspn(value, " \t");
    bool fits =
        (size_t)snprintf(pair, sizeof pair, "%.*s=%s", (int)length, line, value) < sizeof pair;
    if (!line[length] || !fits)
        json_in_refuse(in, "headers", ": expected 'Name: value', of 4 KB at most");
    else if (class_tell(class, "header", pair, &told, error))
        json_in_refuse(in, "headers", ": %s", error);
}

static void read_key(const struct json_in *in, struct traffic_class *class, const char *key,
                     json_t *value, unsigned *told, const struct plan *plan)
{
    char error[CLASS_ERROR_SIZE];
    size_t index;
    json_t *line;
    if (strcmp(key, "name") == 0)
        return;
    if (strcmp(key, "headers") == 0 && json_is_array(value)) {
        json_array_foreach(value, index, line) read_header(in, class, scalar(in, key, line, plan));
        return;
    }
    const char *text = scalar(in, key, value, plan);
    if (!in->fault->error && class_tell(class, key, text, told, error))
        json_in_refuse(in, key, ": %s", error);
}

static void read_class(const struct json_in *in, const struct plan *plan)
{
    const char *name = json_in_text(in, "name");
    const char *key;
    json_t *value;
    char error[CLASS_ERROR_SIZE];
    unsigned told = 0;
    struct traffic_class class;
    if (class_init(&class, name, strlen(name), error))
        json_in_refuse(in, "name", ": %s", error);
    if (in->fault->error)
        return;
    json_object_foreach(in->json, key, value) read_key(in, &class, key, value, &told, plan);
    const char *wrong = in->fault->error ? NULL : options_add_class(plan->options, &class);
    if (wrong)
        json_in_refuse(in, NULL, ": %s", wrong);
}

/* "LABEL:TEXT" or "LABEL@PORT:TEXT", as the option takes it. */
static void read_system_key(const struct json_in *in, size_t kind, const struct plan *plan)
{
    char *text = NULL;
    const char *label = json_in_text(in, "label");
    const char *what = json_in_text(in, system_spec_names[kind].key);
    int64_t port = json_in_has(in, "port") ? json_in_integer(in, "port", 1, 65535) : 0;
    int length = port ? asprintf(&text, "%s@%lld:%s", label, (long long)port, what)
                      : asprintf(&text, "%s:%s", label, what);
    const char *owned = own(in, plan, length < 0 ? NULL : text);
    if (strstr(what, SECRET_MASK))
        json_in_refuse(in, system_spec_names[kind].key, " was masked when the plan was written");
    give(in, system_spec_names[kind].key, system_spec_names[kind].option, owned, plan);
}

/* Headers of one system: an array that the options own, as they own its texts. */
static void read_system_headers(const struct json_in *in, const struct plan *plan)
{
    struct json_in list = json_in_array(in, "headers");
    size_t count = json_in_length(&list);
    struct options *options = plan->options;
    size_t index;
    json_t *line;
    if (count > OPTIONS_LIST_MOST)
        json_in_refuse(in, "headers", ": expected at most 16");
    const char **lines = in->fault->error ? NULL : calloc(count + 1, sizeof *lines);
    if (!lines || !options_own(options, (char *)lines)) {
        json_in_fail(in, -ENOMEM);
        return;
    }
    json_array_foreach(list.json, index, line)
    {
        lines[index] = scalar(in, "headers", line, plan);
        const char *wrong = in->fault->error ? NULL : header_wrong(lines[index]);
        if (wrong)
            json_in_refuse(in, "headers", ": %s", wrong);
    }
    if (!in->fault->error)
        options->systems[options->system_count - 1].headers = lines;
}

static void read_system(const struct json_in *in, const struct plan *plan)
{
    const char *key;
    json_t *value;
    size_t kinds = 0;
    for (size_t i = 0; i < SYSTEM_SPEC_KINDS; i++) {
        if (!json_in_has(in, system_spec_names[i].key))
            continue;
        kinds++;
        read_system_key(in, i, plan);
    }
    if (kinds != 1)
        json_in_refuse(in, NULL, ": expected one of flags, url and command");
    if (!in->fault->error && json_in_has(in, "headers"))
        read_system_headers(in, plan);
    json_object_foreach(in->json, key, value)
    {
        bool known =
            strcmp(key, "label") == 0 || strcmp(key, "port") == 0 || strcmp(key, "headers") == 0;
        for (size_t i = 0; i < SYSTEM_SPEC_KINDS; i++)
            known |= strcmp(key, system_spec_names[i].key) == 0;
        if (!known)
            json_in_refuse(in, key, ": a system has label, flags, url, command, port and headers");
    }
}

static void read_list(const struct json_in *root, const char *key,
                      void (*read)(const struct json_in *in, const struct plan *plan),
                      const struct plan *plan)
{
    if (!json_in_has(root, key))
        return;
    struct json_in list = json_in_array(root, key);
    for (size_t i = 0; i < json_in_length(&list); i++) {
        struct json_in in = json_in_element(&list, i);
        if (!in.fault->error)
            read(&in, plan);
    }
}

static void read_document(json_t *document, const struct plan *plan, struct json_fault *fault)
{
    const struct json_in root = {.json = document, .fault = fault};
    const char *key;
    json_t *value;
    if (!json_is_object(document))
        json_in_refuse(&root, NULL, " is no object with options, classes and systems");
    json_object_foreach(document, key, value)
    {
        static const char *const known[] = {"$schema", "about", "options", "classes", "systems"};
        size_t i = 0;
        while (i < ARRAY_LENGTH(known) && strcmp(key, known[i]) != 0)
            i++;
        if (i == ARRAY_LENGTH(known))
            json_in_refuse(&root, key, ": a plan has options, classes and systems");
    }
    if (fault->error)
        return;
    read_options(&root, plan);
    read_list(&root, "classes", read_class, plan);
    read_list(&root, "systems", read_system, plan);
}

int plan_read(struct options *options, struct option_reader *reader, const char *path,
              char error[OPTIONS_ERROR_SIZE])
{
    const struct plan plan = {options, reader};
    struct json_fault fault = {0};
    json_auto_t *document = json_in_load(path, &fault);
    if (document)
        read_document(document, &plan, &fault);
    if (fault.error)
        snprintf(error, OPTIONS_ERROR_SIZE, "cannot read the plan %.100s: %s", path,
                 fault.error < 0 ? strerror(-fault.error) : fault.text);
    return fault.error ? PLAN_INVALID : 0;
}
