/* json_document.c: see json_document.h. */
#include "report/json_document.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdlib.h>

#define SCHEMA_VERSION 1
#define REAL_DIGITS 15

static json_t *count_of(uint64_t value)
{
    return json_integer((json_int_t)value);
}

json_t *json_document_new(const struct result *result)
{
    const struct machine *machine = &result->machine;
    char started[CLOCK_RFC3339_SIZE];
    clock_format_rfc3339(result->started_wall_ns, started);
    json_t *command = json_string(result->command); /* NULL when it is not UTF-8 */
    json_t *root =
        json_pack("{s:i, s:s, s:s, s:o}", "schema_version", SCHEMA_VERSION, "tool_version",
                  LOOPLAG_VERSION, "started", started, "command", command ? command : json_null());
    json_object_set_new(root, "machine",
                        json_pack("{s:s, s:i, s:o, s:s, s:s}", "cpu", machine->cpu, "cores",
                                  machine->cores, "memory_bytes", count_of(machine->memory_bytes),
                                  "kernel", machine->kernel, "os", machine->os));
    return root;
}

static json_t *errors_json(const struct class_stats *stats)
{
    json_t *errors = json_object();
    for (int kind = 0; kind < OUTCOME_KINDS; kind++) {
        if (stats->errors[kind])
            json_object_set_new(errors, outcome_name((enum outcome_kind)kind),
                                count_of(stats->errors[kind]));
    }
    return errors;
}

void json_document_set_counts(json_t *object, const struct class_stats *stats)
{
    json_object_set_new(object, "planned", count_of(stats->planned));
    json_object_set_new(object, "sent", count_of(stats->sent));
    json_object_set_new(object, "ok", count_of(stats->ok));
    json_object_set_new(object, "censored", count_of(class_stats_censored(stats)));
    json_object_set_new(object, "errors", errors_json(stats));
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
