/* test_json.c: the writer, the replies, and jansson's binding in its arena. */
#include "json/bind.h"
#include "json/reply.h"
#include "json/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_text(struct buffer *buffer, const char *expected)
{
    assert_int_equal(buffer_append(buffer, "", 1), 0);
    assert_string_equal(buffer->data, expected);
    buffer_deinit(buffer);
}

static void writer_places_commas_and_escapes(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct writer writer;
    writer_init(&writer, &out);
    writer_begin_object(&writer);
    writer_key(&writer, "a");
    writer_begin_array(&writer);
    writer_integer(&writer, -1);
    writer_ms(&writer, 1234567);
    writer_begin_object(&writer);
    writer_end_object(&writer);
    writer_end_array(&writer);
    writer_key(&writer, "b");
    writer_string(&writer, "q\" b\\ n\n z\x01 \xc3\xa9", 14);
    writer_end_object(&writer);
    assert_int_equal(out.error, 0);
    assert_text(&out, "{\"a\":[-1,1.234,{}],\"b\":\"q\\\" b\\\\ n\\u000a z\\u0001 \xc3\xa9\"}");
}

static void replies_have_the_fields_of_the_original(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct reply_stage stages[] = {{"001_read_chunks", 19999999}};
    struct param_summary summary = {.name = "small", .name_length = 5, .count = 2, .maxval = -3};
    struct reply_extra extra = {.elapsed_ns = 1999999};
    assert_int_equal(reply_summary(&out, &summary, &extra), 0);
    assert_text(&out, "{\"name\":\"small\",\"count\":2,\"maxval\":-3,\"elapsed_server\":1,"
                      "\"profiling\":{}}");
    summary.has_timestamp = true;
    extra.wall_now_ns = 1500000;
    extra.stages = stages;
    extra.stage_count = 1;
    assert_int_equal(reply_summary(&out, &summary, &extra), 0);
    assert_text(&out, "{\"name\":\"small\",\"count\":2,\"maxval\":-3,\"elapsed_server\":1,"
                      "\"profiling\":{\"001_read_chunks\":19},\"elapsed_from_client\":1.500}");
    assert_int_equal(reply_detail(&out, "no \"x\""), 0);
    assert_text(&out, "{\"detail\":\"no \\\"x\\\"\"}");
}

static void violations_read_like_fastapi(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct violations violations = {.told = 2, .found = 2};
    violations.items[0] = (struct violation){.kind = VIOLATION_MISSING, .field = "name"};
    violations.items[1] = (struct violation){.kind = VIOLATION_INT_TYPE,
                                             .field = "data",
                                             .key = "k\"",
                                             .in_data = true,
                                             .input = "true"};
    assert_int_equal(reply_violations(&out, &violations), 0);
    assert_text(&out, "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"name\"],"
                      "\"msg\":\"Field required\",\"input\":null},"
                      "{\"type\":\"int_type\",\"loc\":[\"body\",\"data\",\"k\\\"\"],"
                      "\"msg\":\"Input should be a valid integer\",\"input\":true}]}");
    violations.told = 1;
    violations.items[0] = (struct violation){
        .kind = VIOLATION_JSON_INVALID, .offset = 7, .reason = "expected a value", .input = "{}"};
    assert_int_equal(reply_violations(&out, &violations), 0);
    assert_text(&out, "{\"detail\":[{\"type\":\"json_invalid\",\"loc\":[\"body\",7],"
                      "\"msg\":\"JSON decode error\",\"input\":{},"
                      "\"ctx\":{\"error\":\"expected a value\"}}]}");
    violations.max_name = 5;
    violations.items[0] =
        (struct violation){.kind = VIOLATION_TOO_LONG, .field = "name", .input = "\"abcdef\""};
    assert_int_equal(reply_violations(&out, &violations), 0);
    assert_text(&out, "{\"detail\":[{\"type\":\"string_too_long\",\"loc\":[\"body\",\"name\"],"
                      "\"msg\":\"String should have fewer bytes in UTF-8\","
                      "\"input\":\"abcdef\",\"ctx\":{\"max_length\":5}}]}");
}

/* Parses and binds; *count is the members when the text is accepted. */
static int bind_text(const char *text, size_t length, struct param_summary *summary)
{
    struct bind_document document;
    struct bind_param param;
    const struct bind_limits limits = {.document = SIZE_MAX, .name = SIZE_MAX};
    int result = bind_parse(&document, text, length, &limits);
    if (!result)
        result = bind_param(&document, &param, NULL);
    if (!result)
        *summary = param.summary;
    summary->name = NULL; /* borrowed from the document */
    bind_document_deinit(&document);
    bind_document_deinit(&document);
    return result;
}

static void bodies_are_bound_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int result;
        size_t count;
        int64_t maxval;
    } rows[] = {
        {"{\"name\":\"a\",\"data\":{}}", 0, 0, 0},
        {"{\"name\":\"a\",\"data\":{\"x\":-5,\"y\":-7}}", 0, 2, -5},
        {"{\"data\":{\"x\":9223372036854775807},\"name\":\"\",\"z\":[1.5,null]}", 0, 1, INT64_MAX},
        {"{\"name\":\"a\",\"data\":{\"x\":1,\"x\":2}}", 0, 1, 2},
        {"{\"name\":\"a\",\"data\":{},\"timestamp\":null}", 0, 0, 0},
        {"{\"name\":\"a\",\"data\":{},\"timestamp\":\"2026-11-22T00:00:00Z\"}", 0, 0, 0},
        {"{\"name\":\"a\",\"data\":{},\"timestamp\":\"today\"}", BIND_REFUSED, 0, 0},
        {"{\"name\":\"a\",\"data\":{},\"timestamp\":1}", BIND_REFUSED, 0, 0},
        {"{\"name\":\"a\",\"data\":{\"x\":1.0}}", BIND_REFUSED, 0, 0},
        {"{\"name\":\"a\",\"data\":{\"x\":9223372036854775808}}", BIND_REFUSED, 0, 0},
        {"{\"name\":\"a\",\"data\":[]}", BIND_REFUSED, 0, 0},
        {"{\"name\":\"a\"}", BIND_REFUSED, 0, 0},
        {"{\"data\":{}}", BIND_REFUSED, 0, 0},
        {"[]", BIND_REFUSED, 0, 0},
        {"5", BIND_REFUSED, 0, 0},
        {"", BIND_REFUSED, 0, 0},
        {"{", BIND_REFUSED, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct param_summary summary = {0};
        assert_int_equal(bind_text(rows[i].text, strlen(rows[i].text), &summary), rows[i].result);
        assert_int_equal(summary.count, rows[i].count);
        assert_int_equal(summary.maxval, rows[i].maxval);
    }
}

static void nul_bytes_are_refused(void **state)
{
    (void)state;
    static const char text[] = "{\"name\":\"a\",\"data\":{}}\0";
    struct param_summary summary = {0};
    assert_int_equal(bind_text(text, sizeof text - 2, &summary), 0);
    assert_int_equal(bind_text(text, sizeof text - 1, &summary), BIND_REFUSED);
}

/* What a document takes is taken from the budget until it is freed; a small one takes nothing. */
static void documents_are_taken_from_a_budget(void **state)
{
    (void)state;
    struct buffer body = {0};
    buffer_append_text(&body, "{\"name\":\"a\",\"data\":{},\"x\":[0");
    for (int i = 0; i < 20000; i++)
        buffer_append_text(&body, ",0");
    buffer_append_text(&body, "]}");
    const struct budget budget = {budget_new(8 << 20, 1), 0};
    const struct bind_limits limits = {SIZE_MAX, SIZE_MAX, &budget, 0};
    const struct bind_limits beside = {SIZE_MAX, SIZE_MAX, &budget, 8 << 20};
    struct bind_document document;
    assert_int_equal(bind_parse(&document, body.data, body.length, &limits), 0);
    assert_true(document.bound > sizeof document.first);
    assert_int_equal(budget_read(budget.counts).held, document.bound);
    assert_int_equal(budget_take(&budget, (8 << 20) - document.bound, 0), 0);
    struct bind_document other;
    assert_int_equal(bind_parse(&other, body.data, body.length, &limits), BIND_FULL);
    bind_document_deinit(&other);
    assert_int_equal(bind_parse(&other, "[]", 2, &limits), 0);
    bind_document_deinit(&other);
    assert_int_equal(bind_parse(&other, body.data, body.length, &beside), BIND_NEVER);
    bind_document_deinit(&other);
    const size_t bound = document.bound;
    bind_document_deinit(&document);
    assert_int_equal(budget_read(budget.counts).held, (8 << 20) - bound);
    budget_free(budget.counts);
    buffer_deinit(&body);
}

static void long_names_are_refused(void **state)
{
    (void)state;
    static const char text[] = "{\"name\":\"\\u00e4\\u00e4\",\"data\":{}}";
    for (size_t most = 3; most <= 4; most++) {
        const struct bind_limits limits = {.document = SIZE_MAX, .name = most};
        struct bind_document document;
        struct bind_param param;
        assert_int_equal(bind_parse(&document, text, sizeof text - 1, &limits), 0);
        assert_int_equal(bind_param(&document, &param, NULL), most == 4 ? 0 : BIND_REFUSED);
        bind_document_deinit(&document);
    }
}

static void large_documents_are_bound(void **state)
{
    (void)state;
    enum { MEMBERS = 100000 };
    struct buffer body = {0};
    struct param_summary summary = {0};
    buffer_append_text(&body, "{\"name\":\"large\",\"data\":{");
    for (int i = 0; i < MEMBERS; i++)
        buffer_append_format(&body, "%s\"key%d\": %d", i ? ", " : "", i, i);
    buffer_append_text(&body, "}}");
    assert_int_equal(bind_text(body.data, body.length, &summary), 0);
    assert_int_equal(summary.count, MEMBERS);
    assert_int_equal(summary.maxval, MEMBERS - 1);
    buffer_deinit(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writer_places_commas_and_escapes),
        cmocka_unit_test(replies_have_the_fields_of_the_original),
        cmocka_unit_test(violations_read_like_fastapi),
        cmocka_unit_test(bodies_are_bound_or_refused),
        cmocka_unit_test(nul_bytes_are_refused),
        cmocka_unit_test(documents_are_taken_from_a_budget),
        cmocka_unit_test(long_names_are_refused),
        cmocka_unit_test(large_documents_are_bound),
    };
    bind_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
