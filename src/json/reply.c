/* reply.c: see reply.h. */
#include "json/reply.h"

#include "base/clock.h"
#include "json/writer.h"

int reply_summary(struct buffer *out, const struct param_summary *summary,
                  const struct reply_extra *extra)
{
    enum { USUAL_SIZE = 256 };
    struct writer writer;
    int error = buffer_reserve(out, USUAL_SIZE + summary->name_length);
    if (error)
        return error;
    writer_init(&writer, out);
    writer_begin_object(&writer);
    writer_key(&writer, "name");
    writer_string(&writer, summary->name, summary->name_length);
    writer_member_integer(&writer, "count", (int64_t)summary->count);
    writer_member_integer(&writer, "maxval", summary->maxval);
    writer_member_integer(&writer, "elapsed_server", extra->elapsed_ns / NS_PER_MS);
    writer_member_object(&writer, "profiling");
    for (size_t i = 0; i < extra->stage_count; i++)
        writer_member_integer(&writer, extra->stages[i].name, extra->stages[i].ns / NS_PER_MS);
    writer_end_object(&writer);
    if (summary->has_timestamp)
        writer_member_ms(&writer, "elapsed_from_client",
                         extra->wall_now_ns - summary->timestamp_ns);
    writer_end_object(&writer);
    return out->error;
}

/* pydantic's type and message of each kind. */
static const struct {
    const char *type;
    const char *message;
} kinds[] = {
    [VIOLATION_JSON_INVALID] = {"json_invalid", "JSON decode error"},
    [VIOLATION_BODY_MISSING] = {"missing", "Field required"},
    [VIOLATION_MODEL_TYPE] =
        {"model_attributes_type",
         "Input should be a valid dictionary or object to extract fields from"},
    [VIOLATION_MISSING] = {"missing", "Field required"},
    [VIOLATION_STRING_TYPE] = {"string_type", "Input should be a valid string"},
    [VIOLATION_DICT_TYPE] = {"dict_type", "Input should be a valid dictionary"},
    [VIOLATION_INT_TYPE] = {"int_type", "Input should be a valid integer"},
    [VIOLATION_INT_FROM_FLOAT] =
        {"int_from_float",
         "Input should be a valid integer, got a number with a fraction or an exponent"},
    [VIOLATION_INT_SIZE] = {"int_parsing_size",
                            "Input should be an integer between -2^63 and 2^63-1"},
    [VIOLATION_NUMBER_SIZE] = {"finite_number", "Input should be a finite number"},
    [VIOLATION_DATETIME_TYPE] = {"datetime_type", "Input should be a valid datetime"},
    [VIOLATION_DATETIME] = {"datetime_parsing",
                            "Input should be an RFC 3339 date and time with a time zone"},
    [VIOLATION_NO_ZONE] = {"timezone_aware", "Input should have timezone info"},
    [VIOLATION_TOO_LONG] = {"string_too_long", "String should have fewer bytes in UTF-8"},
};

static void write_location(struct writer *writer, const struct violation *violation)
{
    writer_key(writer, "loc");
    writer_begin_array(writer);
    writer_text(writer, "body");
    if (violation->kind == VIOLATION_JSON_INVALID)
        writer_integer(writer, (int64_t)violation->offset);
    else if (!violation->whole)
        writer_text(writer, violation->field);
    if (violation->in_data)
        writer_text(writer, violation->key);
    writer_end_array(writer);
}

/* What is behind the kind, where a kind has more to say. */
static void write_context(struct writer *writer, const struct violation *violation, size_t max_name)
{
    writer_key(writer, "ctx");
    writer_begin_object(writer);
    writer_key(writer, violation->kind == VIOLATION_TOO_LONG ? "max_length" : "error");
    if (violation->kind == VIOLATION_TOO_LONG)
        writer_integer(writer, (int64_t)max_name);
    else
        writer_text(writer, violation->reason);
    writer_end_object(writer);
}

static void write_violation(struct writer *writer, const struct violation *violation,
                            size_t max_name)
{
    writer_begin_object(writer);
    writer_key(writer, "type");
    writer_text(writer, kinds[violation->kind].type);
    write_location(writer, violation);
    writer_key(writer, "msg");
    writer_text(writer, kinds[violation->kind].message);
    writer_key(writer, "input");
    writer_raw(writer, violation->input[0] ? violation->input : "null");
    if (violation->kind == VIOLATION_JSON_INVALID || violation->kind == VIOLATION_TOO_LONG)
        write_context(writer, violation, max_name);
    writer_end_object(writer);
}

int reply_violations(struct buffer *out, const struct violations *violations)
{
    struct writer writer;
    writer_init(&writer, out);
    writer_begin_object(&writer);
    writer_key(&writer, "detail");
    writer_begin_array(&writer);
    for (size_t i = 0; i < violations->told; i++)
        write_violation(&writer, &violations->items[i], violations->max_name);
    writer_end_array(&writer);
    writer_end_object(&writer);
    return out->error;
}

int reply_detail(struct buffer *out, const char *detail)
{
    struct writer writer;
    writer_init(&writer, out);
    writer_begin_object(&writer);
    writer_key(&writer, "detail");
    writer_text(&writer, detail);
    writer_end_object(&writer);
    return out->error;
}
