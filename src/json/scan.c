/*
 * scan.c: the grammar of the scanner of scan.h: which byte may stand where
 * between strings and numbers, and the nesting, which is one bit a level (is
 * it an object?). What the values mean is scan_model.c's.
 */
#include "json/scan.h"

#include "json/scan_fast.h"
#include "json/scan_model.h"
#include "json/scan_number.h"
#include "json/scan_text.h"
#include "json/violation.h"

#include <string.h>

_Static_assert(sizeof(struct scan) <= 4096, "a scan is small: one per request in flight");

static const char depth_reason[] = "nested deeper than 2048 values";

void scan_init(struct scan *scan, size_t max_name)
{
    memset(scan, 0, offsetof(struct scan, members));
    scan->state = SCAN_VALUE;
    scan->max_name = max_name;
}

void scan_deinit(struct scan *scan)
{
    if (scan)
        buffer_deinit(&scan->name);
}

static bool in_object(const struct scan *scan)
{
    unsigned top = scan->open - 1U;
    return scan->open && (scan->objects[top / 8] >> top % 8 & 1);
}

static void open_container(struct scan *scan, enum scan_type type)
{
    scan_model_value(scan, type);
    unsigned bit = 1U << scan->open % 8;
    uint8_t *objects = &scan->objects[scan->open / 8];
    *objects = (uint8_t)(type == SCAN_OBJECT ? *objects | bit : *objects & ~bit);
    scan->open++;
    scan->state = type == SCAN_OBJECT ? SCAN_FIRST_KEY : SCAN_FIRST_ELEMENT;
}

static void close_container(struct scan *scan)
{
    scan->open--;
    if (scan->open < 2)
        scan->in_members = false;
    scan->state = SCAN_AFTER_VALUE;
}

static void begin_literal(struct scan *scan, char first)
{
    scan->literal_type = first == 't' ? SCAN_TRUE : first == 'f' ? SCAN_FALSE : SCAN_NULL;
    scan->literal = first == 't' ? "rue" : first == 'f' ? "alse" : "ull";
    scan->state = SCAN_IN_LITERAL;
}

static void begin_string_value(struct scan *scan)
{
    bool keeps_raw = scan->role != SCAN_ROLE_IGNORED;
    enum scan_sink sink = scan->role == SCAN_ROLE_NAME        ? SCAN_SINK_NAME
                          : scan->role == SCAN_ROLE_TIMESTAMP ? SCAN_SINK_STAMP
                                                              : SCAN_SINK_NONE;
    scan_text_begin(scan, false, sink, keeps_raw);
}

/* Returns the bytes taken: the first of the value, or none. */
static int begin_value(struct scan *scan, char byte)
{
    bool numeric = byte == '-' || (byte >= '0' && byte <= '9');
    if (!numeric && byte != '"' && byte != '{' && byte != '[' && byte != 't' && byte != 'f' &&
        byte != 'n') {
        scan_refuse(scan, "expected a value");
        return 0;
    }
    if (scan->open == PARAM_MAX_DEPTH) {
        scan_refuse(scan, depth_reason);
        return 0;
    }
    scan_model_begin(scan);
    if (numeric) {
        scan_number_begin(scan);
        return 0;
    }
    if (byte == '"')
        begin_string_value(scan);
    else if (byte == '{' || byte == '[')
        open_container(scan, byte == '{' ? SCAN_OBJECT : SCAN_ARRAY);
    else
        begin_literal(scan, byte);
    return 1;
}

static int begin_key(struct scan *scan, char byte)
{
    if (byte == '"') {
        scan_text_begin(scan, true, scan_model_key_sink(scan), false);
        return 1;
    }
    if (byte == '}' && scan->state == SCAN_FIRST_KEY) {
        close_container(scan);
        return 1;
    }
    scan_refuse(scan, scan->state == SCAN_FIRST_KEY ? "expected a key or '}'" : "expected a key");
    return 0;
}

static int after_value(struct scan *scan, char byte)
{
    bool object = in_object(scan);
    if (scan->open && byte == ',') {
        scan->state = object ? SCAN_KEY : SCAN_VALUE;
        return 1;
    }
    if (scan->open && byte == (object ? '}' : ']')) {
        close_container(scan);
        return 1;
    }
    scan_refuse(scan, !scan->open ? "expected the end"
                      : object    ? "expected ',' or '}'"
                                  : "expected ',' or ']'");
    return 0;
}

static int take_token(struct scan *scan, char byte)
{
    switch ((enum scan_state)scan->state) {
    case SCAN_FIRST_ELEMENT:
        if (byte == ']') {
            close_container(scan);
            return 1;
        }
        return begin_value(scan, byte);
    case SCAN_FIRST_KEY:
    case SCAN_KEY:
        return begin_key(scan, byte);
    case SCAN_COLON:
        if (byte == ':') {
            scan->state = SCAN_VALUE;
            return 1;
        }
        scan_refuse(scan, "expected ':'");
        return 0;
    case SCAN_AFTER_VALUE:
        return after_value(scan, byte);
    default:
        return begin_value(scan, byte);
    }
}

static const char *literal_feed(struct scan *scan, const char *at, const char *end)
{
    for (; at < end && *scan->literal; at++, scan->literal++) {
        if (*at != *scan->literal) {
            scan_refuse(scan, "expected true, false or null");
            return at;
        }
    }
    if (!*scan->literal) {
        scan->state = SCAN_AFTER_VALUE;
        scan_model_value(scan, (enum scan_type)scan->literal_type);
    }
    return at;
}

static const char *token_feed(struct scan *scan, const char *at, const char *end)
{
    if (scan->open == 2 && scan->in_members &&
        (scan->state == SCAN_KEY || scan->state == SCAN_FIRST_KEY)) {
        const char *next = scan_fast_members(at, end, &scan->tally);
        if (next != at) {
            scan->state = next[-1] == ',' ? SCAN_KEY : SCAN_AFTER_VALUE;
            at = next;
        }
    }
    return scan_fast_space(at, end);
}

static const char *string_feed(struct scan *scan, const char *at, const char *end)
{
    at = scan_text_feed(scan, at, end);
    if (scan->state == SCAN_COLON)
        scan_model_key(scan);
    else if (scan->state == SCAN_AFTER_VALUE)
        scan_model_value(scan, SCAN_STRING);
    return at;
}

static const char *number_feed(struct scan *scan, const char *at, const char *end)
{
    at = scan_number_feed(scan, at, end);
    if (scan->state == SCAN_AFTER_VALUE)
        scan_model_value(scan, scan_number_type(&scan->number));
    return at;
}

int scan_feed(struct scan *scan, const char *bytes, size_t length)
{
    const char *at = bytes;
    const char *end = length ? bytes + length : bytes;
    while (at < end && scan->state < SCAN_INVALID) {
        if (scan->state == SCAN_IN_STRING)
            at = string_feed(scan, at, end);
        else if (scan->state == SCAN_IN_NUMBER)
            at = number_feed(scan, at, end);
        else if (scan->state == SCAN_IN_LITERAL)
            at = literal_feed(scan, at, end);
        else if ((at = token_feed(scan, at, end)) < end) {
            scan->value_at = scan->taken + (size_t)(at - bytes);
            at += take_token(scan, *at);
        }
        if (scan->state == SCAN_INVALID)
            scan->invalid_at = scan->taken + (size_t)(at - bytes);
    }
    scan->taken += length;
    if (scan->state == SCAN_NO_MEMORY)
        return -ENOMEM;
    return scan->state == SCAN_INVALID ? SCAN_VIOLATION : 0;
}

bool scan_has_oversize(const struct scan *scan)
{
    return scan->sizes_found || scan->members_oversize;
}

int scan_finish(struct scan *scan, struct param_summary *summary, struct violations *violations)
{
    violations_init(violations);
    if (!scan->taken) {
        violations_add(violations, VIOLATION_BODY_MISSING, NULL, "null");
        return SCAN_VIOLATION;
    }
    if (scan->state == SCAN_IN_NUMBER) {
        scan_number_finish(scan);
        if (scan->state == SCAN_AFTER_VALUE)
            scan_model_value(scan, scan_number_type(&scan->number));
    }
    if (scan->state == SCAN_NO_MEMORY)
        return -ENOMEM;
    if (scan->state != SCAN_INVALID && (scan->open || scan->state != SCAN_AFTER_VALUE)) {
        scan_refuse(scan, "the text ends too early");
        scan->invalid_at = scan->taken;
    }
    if (scan->state == SCAN_INVALID) {
        violations_add_invalid(violations, scan->invalid_at, scan->reason);
        return SCAN_VIOLATION;
    }
    scan_model_finish(scan, summary, violations);
    return violations->found ? SCAN_VIOLATION : 0;
}
