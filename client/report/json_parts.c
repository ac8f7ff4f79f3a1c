/* json_parts.c: see json_parts.h. */
#include "report/json_parts.h"

#include "base/clock.h"
#include "report/json_document.h"
#include "report/json_value.h"

#include <string.h>

enum { PARTS_MOST = 65536 };

/* A moment; null for none. */
static json_t *stamp_json(int64_t wall_ns)
{
    char text[CLOCK_RFC3339_SIZE];
    if (wall_ns == 0)
        return json_null();
    clock_format_rfc3339(wall_ns, text);
    return json_string(text);
}

static int64_t read_stamp(const struct json_in *in, const char *key)
{
    int64_t wall_ns = 0;
    if (json_in_is_null(in, key))
        return 0;
    const char *text = json_in_text(in, key);
    if (clock_parse_rfc3339(text, strlen(text), &wall_ns) || wall_ns < 0)
        json_in_refuse(in, key, " is no time of RFC 3339 since 1970");
    return wall_ns;
}

/* A text that may hold the name of a file. */
static json_t *text_json(const char *text)
{
    json_t *json = json_string(text); /* NULL when it is not UTF-8 */
    return json ? json : json_string("?");
}

static json_t *part_json(const struct result_part *part)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "file", text_json(part->name),
        "missing", part->missing[0] ? text_json(part->missing) : json_null(), "from",
        stamp_json(part->from_ns), "until", stamp_json(part->until_ns), "asked_s",
        json_value_seconds(part->asked_ns), "measured_s", json_value_seconds(part->measured_ns),
        "planned", json_value_count(part->planned), "ok", json_value_count(part->ok), "errors",
        json_document_errors(part->errors), "failing_from", stamp_json(part->failing_from_ns),
        "failing_until", stamp_json(part->failing_until_ns));
}

json_t *json_parts(const struct result *result)
{
    if (result->part_count < 2)
        return NULL;
    json_t *array = json_array();
    for (size_t i = 0; i < result->part_count; i++)
        json_array_append_new(array, part_json(&result->parts[i]));
    return array;
}

static void read_part(const struct json_in *in, struct result_part *part)
{
    json_in_copy(in, "file", part->name, sizeof part->name);
    if (!json_in_is_null(in, "missing"))
        json_in_copy(in, "missing", part->missing, sizeof part->missing);
    part->from_ns = read_stamp(in, "from");
    part->until_ns = read_stamp(in, "until");
    part->asked_ns = json_in_time(in, "asked_s", NS_PER_S);
    part->measured_ns = json_in_time(in, "measured_s", NS_PER_S);
    part->planned = json_in_count(in, "planned");
    part->ok = (uint64_t)json_in_integer(in, "ok", 0, (int64_t)part->planned);
    json_document_read_errors(in, part->errors);
    part->failing_from_ns = read_stamp(in, "failing_from");
    part->failing_until_ns = read_stamp(in, "failing_until");
}

void json_parts_read(const struct json_in *root, struct result *result)
{
    if (!json_in_has(root, "parts"))
        return;
    struct json_in parts = json_in_array(root, "parts");
    if (json_in_length(&parts) > PARTS_MOST)
        json_in_refuse(root, "parts", " are too many");
    for (size_t i = 0; !root->fault->error && i < json_in_length(&parts); i++) {
        struct json_in in = json_in_element(&parts, i);
        struct result_part part = {.name = ""};
        read_part(&in, &part);
        json_in_fail(&in, result_add_part(result, &part));
    }
}
