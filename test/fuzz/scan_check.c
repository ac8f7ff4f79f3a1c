/*
 * scan_check.c: see scan_check.h. The reference is jansson for the grammar and
 * a second, plain statement of the model's rules over its tree.
 */
#include "scan_check.h"

#include "base/clock.h"
#include "exact.h"
#include "json/scan.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum outcome_code { OUTCOME_OK, OUTCOME_VIOLATIONS, OUTCOME_FAILED };

struct outcome {
    enum outcome_code code;
    char *name;
    struct param_summary summary; /* its name is `name` */
    struct violations violations;
};

static void outcome_deinit(struct outcome *outcome)
{
    free(outcome->name);
}

static void decref(json_t **json)
{
    json_decref(*json);
}

static char *copy(const char *bytes, size_t length)
{
    char *text = malloc(length + 1);
    if (!text)
        abort();
    memcpy(text, bytes, length);
    text[length] = '\0';
    return text;
}

/* Feeds exact copies. */
static void run_scan(const char *bytes, size_t length, size_t first, size_t piece,
                     struct outcome *outcome)
{
    static struct exact exact;
    struct scan scan;
    int refused = 0;
    const size_t longest = first > piece ? first : piece;
    exact_reserve(&exact, longest < length ? longest : length);
    scan_init(&scan, SIZE_MAX);
    for (size_t at = 0, size = first; at < length; at += size, size = piece) {
        if (size > length - at)
            size = length - at;
        int code = scan_feed(&scan, exact_begin(&exact, bytes + at, size), size);
        exact_end(&exact, size);
        if (code < 0 || (refused && code != refused))
            outcome->code = OUTCOME_FAILED;
        refused = code;
    }
    int code = scan_finish(&scan, &outcome->summary, &outcome->violations);
    if (code < 0 || code > SCAN_VIOLATION || (refused && code != SCAN_VIOLATION))
        outcome->code = OUTCOME_FAILED;
    else if (outcome->code != OUTCOME_FAILED)
        outcome->code = code ? OUTCOME_VIOLATIONS : OUTCOME_OK;
    if (outcome->code == OUTCOME_OK) {
        outcome->name = copy(outcome->summary.name, outcome->summary.name_length);
        outcome->summary.name = outcome->name;
    }
    scan_deinit(&scan);
}

static bool same_summary(const struct param_summary *a, const struct param_summary *b)
{
    return a->name_length == b->name_length && !memcmp(a->name, b->name, a->name_length) &&
           a->count == b->count && a->maxval == b->maxval && a->has_timestamp == b->has_timestamp &&
           a->timestamp_ns == b->timestamp_ns;
}

static bool same_violation(const struct violation *a, const struct violation *b)
{
    return a->kind == b->kind && a->offset == b->offset && !strcmp(a->reason, b->reason) &&
           !strcmp(a->field, b->field) && !strcmp(a->key, b->key) && a->in_data == b->in_data &&
           !strcmp(a->input, b->input);
}

static bool same_violations(const struct violations *a, const struct violations *b)
{
    if (a->told != b->told || a->found != b->found)
        return false;
    for (size_t i = 0; i < a->told; i++)
        if (!same_violation(&a->items[i], &b->items[i]))
            return false;
    return true;
}

/* Scans the text in pieces; it must come to what it did as a whole. */
static const char *check_split(const char *bytes, size_t length, size_t first, size_t piece,
                               const struct outcome *whole)
{
    CLEANUP(outcome_deinit)
    struct outcome split = {0};
    run_scan(bytes, length, first, piece, &split);
    if (whole->code == OUTCOME_FAILED || split.code == OUTCOME_FAILED)
        return "a scan failed";
    if (whole->code != split.code)
        return "the verdict depends on the pieces";
    if (whole->code == OUTCOME_OK && !same_summary(&whole->summary, &split.summary))
        return "the summary depends on the pieces";
    if (whole->code == OUTCOME_VIOLATIONS &&
        !same_violations(&whole->violations, &split.violations))
        return "the violations depend on the pieces";
    return NULL;
}

static bool is_size(enum violation_kind kind)
{
    return kind == VIOLATION_INT_SIZE || kind == VIOLATION_NUMBER_SIZE;
}

static bool is_invalid_json(const struct outcome *outcome)
{
    return outcome->code == OUTCOME_VIOLATIONS &&
           outcome->violations.items[0].kind == VIOLATION_JSON_INVALID;
}

/* What holds for any list of violations. */
static const char *check_violations(const struct violations *list, size_t length)
{
    size_t most = list->found < VIOLATIONS_MAX ? list->found : VIOLATIONS_MAX;
    if (!list->found || list->told != most)
        return "the violations are miscounted";
    for (size_t i = 0; i < list->told; i++) {
        const struct violation *violation = &list->items[i];
        CLEANUP(decref)
        json_t *input =
            json_loads(violation->input, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
        if (!input && !is_size(violation->kind))
            return "an input is not JSON";
        if (violation->kind == VIOLATION_JSON_INVALID && list->found != 1)
            return "more is told of a text that is not JSON";
        if (violation->offset > length)
            return "an offset is outside the text";
    }
    return NULL;
}

/* A violation that the reference expects. */
static void expect(struct violations *list, enum violation_kind kind, const char *field,
                   const char *key)
{
    if (list->found++ >= VIOLATIONS_MAX)
        return;
    struct violation *violation = &list->items[list->told++];
    violation->kind = kind;
    snprintf(violation->field, sizeof(violation->field), "%s", field);
    violation->in_data = key != NULL;
    size_t length = key ? strlen(key) : 0;
    size_t kept = length;
    if (length > VIOLATION_FIELD_SIZE - 4) {
        kept = VIOLATION_FIELD_SIZE - 4;
        while ((key[kept] & 0xC0) == 0x80)
            kept--;
    }
    snprintf(violation->key, sizeof(violation->key), "%.*s%s", (int)kept, key ? key : "",
             kept < length ? "..." : "");
}

static void expect_data(json_t *data, struct param_summary *summary, struct violations *list)
{
    const char *key;
    json_t *value;
    int64_t maximum = INT64_MIN;
    json_object_foreach(data, key, value)
    {
        if (json_is_real(value))
            expect(list, VIOLATION_INT_FROM_FLOAT, "data", key);
        else if (!json_is_integer(value))
            expect(list, VIOLATION_INT_TYPE, "data", key);
        else if (json_integer_value(value) > maximum)
            maximum = json_integer_value(value);
    }
    summary->count = json_object_size(data);
    summary->maxval = summary->count ? maximum : 0;
}

/* With a zone behind it it would be a timestamp. */
static bool lacks_zone(const json_t *stamp)
{
    char *text = NULL;
    int64_t ns;
    int length = asprintf(&text, "%sZ", json_string_value(stamp));
    bool lacks = length >= 0 && clock_parse_rfc3339(text, (size_t)length, &ns) == 0;
    free(text);
    return lacks;
}

static void expect_timestamp(json_t *stamp, struct param_summary *summary, struct violations *list)
{
    if (!stamp || json_is_null(stamp))
        return;
    if (!json_is_string(stamp))
        expect(list, VIOLATION_DATETIME_TYPE, "timestamp", NULL);
    else if (clock_parse_rfc3339(json_string_value(stamp), json_string_length(stamp),
                                 &summary->timestamp_ns))
        expect(list, lacks_zone(stamp) ? VIOLATION_NO_ZONE : VIOLATION_DATETIME, "timestamp", NULL);
    else
        summary->has_timestamp = true;
}

/* The model's rules over jansson's tree; the name is borrowed from it. */
static void expect_model(json_t *root, struct outcome *expected)
{
    struct param_summary *summary = &expected->summary;
    struct violations *list = &expected->violations;
    json_t *name = json_object_get(root, "name");
    json_t *data = json_object_get(root, "data");
    if (!json_is_object(root)) {
        expect(list, json_is_null(root) ? VIOLATION_BODY_MISSING : VIOLATION_MODEL_TYPE, "", NULL);
    } else {
        if (!json_is_string(name))
            expect(list, name ? VIOLATION_STRING_TYPE : VIOLATION_MISSING, "name", NULL);
        if (!json_is_object(data))
            expect(list, data ? VIOLATION_DICT_TYPE : VIOLATION_MISSING, "data", NULL);
        summary->name = json_string_value(name);
        summary->name_length = json_string_length(name);
        expect_data(data, summary, list);
        expect_timestamp(json_object_get(root, "timestamp"), summary, list);
    }
    expected->code = list->found ? OUTCOME_VIOLATIONS : OUTCOME_OK;
}

static const char *compare_exactly(const struct outcome *expected, const struct outcome *actual)
{
    if (expected->code != actual->code)
        return "another verdict than the model's";
    if (expected->code == OUTCOME_OK)
        return same_summary(&expected->summary, &actual->summary) ? NULL : "another summary";
    if (expected->violations.found != actual->violations.found)
        return "another number of violations";
    for (size_t i = 0; i < expected->violations.told; i++) {
        const struct violation *a = &expected->violations.items[i];
        const struct violation *b = &actual->violations.items[i];
        if (a->kind != b->kind || strcmp(a->field, b->field) || strcmp(a->key, b->key) ||
            a->in_data != b->in_data)
            return "another violation";
    }
    return NULL;
}

/* Members of data that share a key are judged and counted as sent. */
static const char *compare_duplicates(const struct outcome *expected, const struct outcome *actual)
{
    const struct param_summary *a = &expected->summary;
    const struct param_summary *b = &actual->summary;
    if (actual->code == OUTCOME_VIOLATIONS)
        return NULL;
    if (expected->code != OUTCOME_OK)
        return "accepted what the model refuses";
    struct param_summary as_sent = *a;
    as_sent.count = b->count;
    as_sent.maxval = b->maxval;
    if (b->count < a->count || b->maxval < a->maxval || !same_summary(&as_sent, b))
        return "another summary";
    return NULL;
}

static const char *check_model(json_t *root, bool duplicates, const struct outcome *actual)
{
    if (is_invalid_json(actual))
        return "refused JSON";
    for (size_t i = 0; i < actual->violations.told; i++)
        if (is_size(actual->violations.items[i].kind))
            return "refused the size of a number that jansson takes";
    struct outcome expected = {0};
    expect_model(root, &expected);
    return (duplicates ? compare_duplicates : compare_exactly)(&expected, actual);
}

/*
 * jansson stops at the first number it can't hold; the scanner goes on. What
 * follows is known when only integers are too big.
 */
static const char *check_overflow(const char *bytes, size_t length, const struct outcome *actual)
{
    json_error_t error;
    CLEANUP(decref)
    json_t *root = json_loadb(bytes, length, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &error);
    if (actual->code != OUTCOME_VIOLATIONS)
        return "took a number that jansson can't hold";
    if (!root && json_error_code(&error) != json_error_numeric_overflow)
        return is_invalid_json(actual) ? NULL : "took what is not JSON after a big number";
    return root && is_invalid_json(actual) ? "refused JSON with a big number" : NULL;
}

/* What jansson and the model's rules say of the text is what its scan came to. */
static const char *check_reference(const char *bytes, size_t length, const struct outcome *actual)
{
    if (actual->code == OUTCOME_FAILED)
        return "the scan failed";
    if (actual->code == OUTCOME_VIOLATIONS) {
        const char *fault = check_violations(&actual->violations, length);
        if (fault)
            return fault;
    }
    if (!length)
        return actual->violations.items[0].kind == VIOLATION_BODY_MISSING ? NULL : "no body taken";
    if (memchr(bytes, '\0', length))
        return is_invalid_json(actual) ? NULL : "took a NUL byte";
    json_error_t error;
    CLEANUP(decref)
    json_t *root = json_loadb(bytes, length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    const bool duplicates = !root && json_error_code(&error) == json_error_duplicate_key;
    if (duplicates) /* of which jansson keeps the last */
        root = json_loadb(bytes, length, JSON_DECODE_ANY, &error);
    if (!root && json_error_code(&error) == json_error_numeric_overflow)
        return check_overflow(bytes, length, actual);
    if (!root)
        return is_invalid_json(actual) ? NULL : "took what is not JSON";
    return check_model(root, duplicates, actual);
}

const char *scan_check_reference(const char *bytes, size_t length)
{
    CLEANUP(outcome_deinit)
    struct outcome whole = {0};
    run_scan(bytes, length, length, 1, &whole);
    return check_reference(bytes, length, &whole);
}

const char *scan_check_split(const char *bytes, size_t length, size_t first, size_t piece)
{
    CLEANUP(outcome_deinit)
    struct outcome whole = {0};
    run_scan(bytes, length, length, 1, &whole);
    return check_split(bytes, length, first, piece, &whole);
}

const char *scan_check(const char *bytes, size_t length, size_t first, size_t piece)
{
    CLEANUP(outcome_deinit)
    struct outcome whole = {0};
    run_scan(bytes, length, length, 1, &whole);
    const char *fault = check_reference(bytes, length, &whole);
    return fault ? fault : check_split(bytes, length, first, piece, &whole);
}
