/*
 * openapi.c: GET /openapi.json: what the server answers to what, as OpenAPI 3.1. The paths are the
 * rows of the table of endpoints, the request's model the rows of json/field.h, and the replies
 * other than 200 the rows below.
 */
#include "endpoint/page.h"
#include "endpoint/rows.h"
#include "json/field.h"
#include "json/writer.h"

#include <stdio.h>
#include <string.h>

#define JSON "application/json"

/* A reply that is no 200, by who can get it. */
struct refusal {
    const char *status;
    const char *when;
    bool every;         /* of any endpoint, else of those that take a body */
    bool violations;    /* its detail is a list of what is wrong */
    bool asks;          /* for a token: not of endpoints that are open to all */
    const char *header; /* that it has beside those of all replies; NULL: none */
};

/* clang-format off */
static const struct refusal refusals[] = {
    {"400", "a control character in the head or a trailer, or a chunked coding that takes several times its body",
     .every = true},
    {"401", "no token, or another one, where the server asks for one (--token-file, --admin-token-file)",
     .every = true, .asks = true, .header = "WWW-Authenticate"},
    {"408", "the head or the body did not come in time", .every = true},
    {"411", "neither Content-Length nor chunked coding", .every = false},
    {"413", "a body over --max-body; one whose document could take more than --max-document; one that would find no "
            "room in --max-inflight-bytes if it were alone", .every = false},
    {"415", "a Content-Type other than application/json or application/*+json", .every = false},
    {"422", "not JSON, or not the model: each violation with its place, eight at the most", .every = false,
     .violations = true},
    {"429", "the user has as many large bodies as --user-limit allows", .every = false, .header = "Retry-After"},
    {"431", "a request line and headers that are too long", .every = true},
    {"503", "no memory, no place, or more requests than the server takes; of /readyz: it drains", .every = true,
     .header = "Retry-After"},
};
/* clang-format on */

/* {"$ref": "#/components/KIND/NAME"} as the value that is due. */
static void write_reference(struct writer *writer, const char *kind, const char *name)
{
    char text[96];
    snprintf(text, sizeof text, "#/components/%s/%s", kind, name);
    writer_begin_object(writer);
    writer_member_text(writer, "$ref", text);
    writer_end_object(writer);
}

/* "content" of one media type; with a schema by name, or any object of JSON, or text. */
static void write_content(struct writer *writer, const char *type, const char *schema)
{
    writer_member_object(writer, "content");
    writer_member_object(writer, type);
    writer_key(writer, "schema");
    if (schema) {
        write_reference(writer, "schemas", schema);
    } else {
        writer_begin_object(writer);
        writer_member_text(writer, "type", strcmp(type, JSON) == 0 ? "object" : "string");
        writer_end_object(writer);
    }
    writer_end_object(writer);
    writer_end_object(writer);
}

static void write_headers(struct writer *writer, const char *more)
{
    const char *const names[] = {"X-Request-ID", "Server-Timing", "X-Worker", more};
    writer_member_object(writer, "headers");
    for (size_t i = 0; i < ARRAY_LENGTH(names) && names[i]; i++) {
        writer_key(writer, names[i]);
        write_reference(writer, "headers", names[i]);
    }
    writer_end_object(writer);
}

static void write_response(struct writer *writer, const char *status, const char *when,
                           const char *type, const char *schema, const char *header)
{
    writer_member_object(writer, status);
    writer_member_text(writer, "description", when);
    write_headers(writer, header);
    write_content(writer, type, schema);
    writer_end_object(writer);
}

static void write_responses(struct writer *writer, const struct endpoint *endpoint)
{
    const bool post = endpoint->method == ENDPOINT_POST;
    const char *type = endpoint->content_type ? endpoint->content_type : JSON;
    writer_member_object(writer, "responses");
    write_response(writer, "200", "OK", type, post ? "Reply" : NULL, NULL);
    for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++) {
        if ((!refusals[i].every && !post) || (refusals[i].asks && endpoint->open))
            continue;
        writer_key(writer, refusals[i].status);
        write_reference(writer, "responses", refusals[i].status);
    }
    writer_end_object(writer);
}

/* "get_openapi_json" for "/openapi.json". */
static void write_id(struct writer *writer, const char *method, const struct endpoint *endpoint)
{
    char id[64];
    const char *name = endpoint->name ? endpoint->name : endpoint->path + 1;
    size_t used = (size_t)snprintf(id, sizeof id, "%s_%s", method, name);
    for (size_t i = 0; i < used && i < sizeof id; i++) {
        if (id[i] == '.' || id[i] == '/')
            id[i] = '_';
    }
    writer_member_text(writer, "operationId", id);
}

static void write_path(struct writer *writer, const struct endpoint *endpoint)
{
    const bool post = endpoint->method == ENDPOINT_POST;
    const char *method = post ? "post" : "get";
    writer_member_object(writer, endpoint->path);
    writer_member_object(writer, method);
    writer_key(writer, "tags");
    writer_begin_array(writer);
    writer_text(writer, post ? "model" : endpoint->page ? "pages" : "operator");
    writer_end_array(writer);
    writer_member_text(writer, "summary", endpoint->summary);
    write_id(writer, method, endpoint);
    if (!endpoint->open) {
        writer_key(writer, "security");
        writer_raw(writer, "[{},{\"token\":[]}]");
    }
    if (post) {
        writer_key(writer, "requestBody");
        write_reference(writer, "requestBodies", "Parameter");
    }
    write_responses(writer, endpoint);
    writer_end_object(writer);
    writer_end_object(writer);
}

static void write_field(struct writer *writer, const struct field *field)
{
    static const char *const kinds[] = {
        [FIELD_STRING] = "\"string\"",
        [FIELD_INTEGERS] = "\"object\"",
        [FIELD_TIME] = "[\"string\",\"null\"]",
    };
    writer_member_object(writer, field->name);
    writer_key(writer, "type");
    writer_raw(writer, kinds[field->kind]);
    if (field->kind == FIELD_INTEGERS) {
        writer_key(writer, "additionalProperties");
        writer_raw(writer, "{\"type\":\"integer\",\"format\":\"int64\"}");
    } else if (field->kind == FIELD_TIME) {
        writer_member_text(writer, "format", "date-time");
    }
    writer_member_text(writer, "description", field->summary);
    writer_end_object(writer);
}

static void write_model(struct writer *writer)
{
    writer_begin_object(writer);
    writer_member_text(writer, "type", "object");
    writer_member_object(writer, "properties");
    for (size_t i = 0; i < FIELDS; i++)
        write_field(writer, &fields[i]);
    writer_end_object(writer);
    writer_key(writer, "required");
    writer_begin_array(writer);
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].required)
            writer_text(writer, fields[i].name);
    }
    writer_end_array(writer);
    writer_key(writer, "examples");
    writer_raw(writer, "[{\"name\":\"Bob\",\"data\":{\"x\":5,\"y\":12}}]");
    writer_end_object(writer);
}

static void write_components(struct writer *writer)
{
    writer_member_object(writer, "components");
    writer_member_object(writer, "requestBodies");
    writer_member_object(writer, "Parameter");
    writer_key(writer, "required");
    writer_raw(writer, "true");
    writer_member_object(writer, "content");
    writer_member_object(writer, JSON);
    writer_key(writer, "schema");
    write_model(writer);
    writer_end_object(writer);
    writer_end_object(writer);
    writer_end_object(writer);
    writer_end_object(writer);
    writer_member_object(writer, "responses");
    for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++)
        write_response(writer, refusals[i].status, refusals[i].when, JSON,
                       refusals[i].violations ? "Violations" : "Detail", refusals[i].header);
    writer_end_object(writer);
    writer_key(writer, "schemas");
    writer_raw(writer, page_schemas);
    writer_key(writer, "headers");
    writer_raw(writer, page_headers);
    writer_key(writer, "securitySchemes");
    writer_raw(writer, "{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}}");
    writer_end_object(writer);
}

static int openapi_finish(struct endpoint_call *call, struct endpoint_answer *answer)
{
    (void)call;
    struct writer writer;
    writer_init(&writer, &answer->body);
    writer_begin_object(&writer);
    writer_member_text(&writer, "openapi", "3.1.0");
    writer_member_object(&writer, "info");
    writer_member_text(&writer, "title", "looplagd");
    writer_member_text(&writer, "version", LOOPLAG_VERSION);
    writer_member_text(&writer, "description",
                       "The same endpoints under different concurrency modes: what does one large "
                       "request do to many small ones?");
    writer_end_object(&writer);
    writer_member_object(&writer, "paths");
    for (size_t i = 0; i < endpoint_count(); i++)
        write_path(&writer, endpoint_at(i));
    writer_end_object(&writer);
    write_components(&writer);
    writer_end_object(&writer);
    return answer->body.error;
}

const struct endpoint endpoint_openapi = {
    .path = "/openapi.json",
    .method = ENDPOINT_GET,
    .open = true,
    .summary = "this description, as OpenAPI 3.1",
    .finish = openapi_finish,
};
