/* json_document.c: see json_document.h. */
#include "report/json_document.h"

#include "base/clock.h"
#include "base/error.h"
#include "report/json_value.h"

#include <stdio.h>
#include <stdlib.h>

#define REAL_DIGITS 15

json_t *json_document_new(const struct result *result)
{
    const struct machine *machine = &result->machine;
    char started[CLOCK_RFC3339_SIZE];
    clock_format_rfc3339(result->started_wall_ns, started);
    json_t *command = json_string(result->command); /* NULL when it is not UTF-8 */
    json_t *root =
        json_pack("{s:i, s:s, s:s, s:o}", "schema_version", JSON_DOCUMENT_VERSION, "tool_version",
                  LOOPLAG_VERSION, "started", started, "command", command ? command : json_null());
    json_object_set_new(root, "machine",
                        json_pack("{s:s, s:i, s:o, s:s, s:s, s:s, s:f}", "cpu", machine->cpu,
                                  "cores", machine->cores, "memory_bytes",
                                  json_value_count(machine->memory_bytes), "kernel",
                                  machine->kernel, "os", machine->os, "libcurl", machine->libcurl,
                                  "lag_p99_ms", machine->lag_p99_ms));
    return root;
}

json_t *json_document_errors(const uint64_t errors[OUTCOME_KINDS])
{
    json_t *object = json_object();
    for (int kind = 0; kind < OUTCOME_KINDS; kind++) {
        if (errors[kind])
            json_object_set_new(object, outcome_name((enum outcome_kind)kind),
                                json_value_count(errors[kind]));
    }
    return object;
}

void json_document_read_errors(const struct json_in *in, uint64_t out[OUTCOME_KINDS])
{
    struct json_in errors = json_in_object(in, "errors");
    const char *name;
    json_t *value;
    json_object_foreach(errors.json, name, value)
    {
        enum outcome_kind kind = outcome_named(name);
        if (kind < OUTCOME_KINDS)
            out[kind] = json_in_count(&errors, name);
        else
            json_in_refuse(&errors, name, " is no kind of failure that this version knows");
    }
}

static json_t *statuses_json(const struct class_stats *stats)
{
    json_t *statuses = json_object();
    for (int status = STATUS_LEAST; status <= STATUS_MOST; status++) {
        char name[16];
        uint64_t count = stats->statuses[status - STATUS_LEAST];
        snprintf(name, sizeof name, "%d", status);
        if (count)
            json_object_set_new(statuses, name, json_value_count(count));
    }
    return statuses;
}

void json_document_set_counts(json_t *object, const struct class_stats *stats)
{
    json_object_set_new(object, "planned", json_value_count(stats->planned));
    json_object_set_new(object, "sent", json_value_count(stats->sent));
    json_object_set_new(object, "ok", json_value_count(stats->ok));
    json_object_set_new(object, "censored", json_value_count(class_stats_censored(stats)));
    json_object_set_new(object, "errors", json_document_errors(stats->errors));
    json_object_set_new(object, "statuses", statuses_json(stats));
    json_object_set_new(object, "resent", json_value_count(stats->resent));
    json_object_set_new(object, "connections_opened", json_value_count(stats->connections_opened));
    json_object_set_new(object, "connections_most", json_value_count(stats->connections_most));
}

void json_document_write(json_t *root, struct buffer *out)
{
    char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(REAL_DIGITS)) : NULL;
    json_decref(root);
    if (text)
        buffer_append_format(out, "%s\n", text);
    else
        out->error = -ENOMEM;
    free(text);
}
