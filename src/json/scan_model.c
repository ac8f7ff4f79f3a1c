/*
 * scan_model.c: what the values mean to the parameter: which of them are its
 * name, data and timestamp, and what is wrong with them.
 *
 * Violations wait until the text is complete, since a later key of the same
 * name replaces what the earlier one said. What doesn't go away is a number
 * that is too large: jansson refuses the whole text for it. Such ones move to
 * `sizes` when their data is replaced. Both lists hold as many as are ever
 * told and count the rest.
 */
#include "json/scan_model.h"

#include "base/clock.h"
#include "json/field.h"
#include "json/scan_capture.h"
#include "json/scan_number.h"
#include "json/violation.h"

#include <stdio.h>
#include <string.h>

static bool in_top_object(const struct scan *scan)
{
    return scan->open == 1 && (scan->objects[0] & 1);
}

static bool is_member_level(const struct scan *scan)
{
    return scan->open == 2 && scan->in_members;
}

enum scan_sink scan_model_key_sink(const struct scan *scan)
{
    if (in_top_object(scan))
        return SCAN_SINK_FIELD;
    return is_member_level(scan) ? SCAN_SINK_KEY : SCAN_SINK_NONE;
}

/* A key that was cut is longer than any of these names. */
static bool field_is(const struct scan *scan, const struct field *field)
{
    return scan->field.length == field->length &&
           !memcmp(scan->field.text, field->name, field->length);
}

static enum scan_role role_of_field(const struct scan *scan)
{
    static const enum scan_role roles[FIELDS] = {
        [FIELD_NAME] = SCAN_ROLE_NAME,
        [FIELD_DATA] = SCAN_ROLE_DATA,
        [FIELD_TIMESTAMP] = SCAN_ROLE_TIMESTAMP,
    };
    for (size_t i = 0; i < FIELDS; i++) {
        if (field_is(scan, &fields[i]))
            return roles[i];
    }
    return SCAN_ROLE_IGNORED;
}

void scan_model_key(struct scan *scan)
{
    if (is_member_level(scan))
        scan_capture_close(&scan->key);
    if (!in_top_object(scan))
        return;
    scan_capture_close(&scan->field);
    scan->field_role = (uint8_t)role_of_field(scan);
}

/* Keeps the sizes in the order of the text; what falls off is counted. */
static void keep_size(struct scan *scan, const struct scan_remark *remark, bool in_data,
                      const char *field)
{
    size_t place = scan->sizes_kept;
    while (place > 0 && scan->sizes[place - 1].remark.at > remark->at)
        place--;
    if (place == VIOLATIONS_MAX)
        return;
    if (scan->sizes_kept < VIOLATIONS_MAX)
        scan->sizes_kept++;
    size_t moved = scan->sizes_kept - place - 1;
    memmove(&scan->sizes[place + 1], &scan->sizes[place], moved * sizeof(scan->sizes[0]));
    struct scan_size_remark *size = &scan->sizes[place];
    size->remark = *remark;
    size->in_data = in_data;
    size->whole = !field;
    snprintf(size->field, sizeof(size->field), "%s", field ? field : "");
}

static bool is_size(enum violation_kind kind)
{
    return kind == VIOLATION_INT_SIZE || kind == VIOLATION_NUMBER_SIZE;
}

static size_t members_kept(const struct scan *scan)
{
    return scan->members_found < VIOLATIONS_MAX ? scan->members_found : VIOLATIONS_MAX;
}

static void forget_data(struct scan *scan)
{
    for (size_t i = 0; i < members_kept(scan); i++)
        if (is_size(scan->members[i].kind))
            keep_size(scan, &scan->members[i], true, fields[FIELD_DATA].name);
    scan->sizes_found += scan->members_oversize;
    scan->members_found = 0;
    scan->members_oversize = 0;
    scan->tally = (struct scan_tally){.maximum = INT64_MIN};
}

static enum scan_role find_role(const struct scan *scan)
{
    if (scan->open == 0)
        return SCAN_ROLE_BODY;
    if (in_top_object(scan))
        return (enum scan_role)scan->field_role;
    return is_member_level(scan) ? SCAN_ROLE_MEMBER : SCAN_ROLE_IGNORED;
}

void scan_model_begin(struct scan *scan)
{
    scan->role = (uint8_t)find_role(scan);
    switch ((enum scan_role)scan->role) {
    case SCAN_ROLE_NAME:
        scan->name_slot = (struct scan_slot){.seen = true};
        scan->name.length = 0;
        scan->long_name = false;
        break;
    case SCAN_ROLE_DATA:
        scan->data = (struct scan_slot){.seen = true};
        forget_data(scan);
        break;
    case SCAN_ROLE_TIMESTAMP:
        scan->timestamp = (struct scan_slot){.seen = true};
        scan->has_timestamp = false;
        scan->stamp_length = 0;
        break;
    default:
        break;
    }
}

/* The value as JSON text: see param.h. */
static void write_input(struct scan *scan, enum scan_type type, char input[SCAN_INPUT_SIZE])
{
    static const char *const fixed[] = {
        [SCAN_TRUE] = "true", [SCAN_FALSE] = "false", [SCAN_NULL] = "null",
        [SCAN_OBJECT] = "{}", [SCAN_ARRAY] = "[]",
    };
    scan_capture_close(&scan->raw);
    if (type == SCAN_STRING || (type <= SCAN_REAL && scan->raw.cut))
        snprintf(input, SCAN_INPUT_SIZE, "\"%s\"", scan->raw.text);
    else
        snprintf(input, SCAN_INPUT_SIZE, "%s", type <= SCAN_REAL ? scan->raw.text : fixed[type]);
}

static void fault_slot(struct scan *scan, struct scan_slot *slot, enum violation_kind kind,
                       enum scan_type type)
{
    slot->wrong = true;
    slot->kind = kind;
    write_input(scan, type, slot->input);
}

/*
 * A member's size violation beyond those kept is noted among the sizes too,
 * where it is told only if this data is replaced by another.
 */
static void fault_member(struct scan *scan, enum violation_kind kind, enum scan_type type)
{
    bool kept = scan->members_found++ < VIOLATIONS_MAX;
    scan->members_oversize += is_size(kind);
    if (!kept && (!is_size(kind) || scan->sizes_kept == VIOLATIONS_MAX))
        return;
    struct scan_remark remark = {.at = scan->value_at, .kind = kind};
    memcpy(remark.key, scan->key.text, sizeof(remark.key));
    write_input(scan, type, remark.input);
    if (kept)
        scan->members[scan->members_found - 1] = remark;
    else
        keep_size(scan, &remark, true, fields[FIELD_DATA].name);
}

static void fault_size(struct scan *scan, enum violation_kind kind, enum scan_type type)
{
    scan->sizes_found++;
    if (scan->sizes_kept == VIOLATIONS_MAX)
        return;
    struct scan_remark remark = {.at = scan->value_at, .kind = kind};
    write_input(scan, type, remark.input);
    keep_size(scan, &remark, false, scan->open && scan->objects[0] & 1 ? scan->field.text : NULL);
}

static void judge_member(struct scan *scan, enum scan_type type)
{
    if (type == SCAN_INTEGER) {
        int64_t value = scan_number_value(&scan->number);
        scan->tally.count++;
        if (value > scan->tally.maximum)
            scan->tally.maximum = value;
    } else {
        fault_member(scan, type == SCAN_REAL ? VIOLATION_INT_FROM_FLOAT : VIOLATION_INT_TYPE, type);
    }
}

/* Whether the timestamp would be one if it ended in a time zone. */
static bool lacks_zone(const struct scan *scan)
{
    char stamp[SCAN_STAMP_SIZE + 1];
    int64_t ns;
    memcpy(stamp, scan->stamp, scan->stamp_length);
    stamp[scan->stamp_length] = 'Z';
    return clock_parse_rfc3339(stamp, scan->stamp_length + 1U, &ns) == 0;
}

static void judge_timestamp(struct scan *scan, enum scan_type type)
{
    if (type == SCAN_NULL)
        return;
    if (type != SCAN_STRING)
        fault_slot(scan, &scan->timestamp, VIOLATION_DATETIME_TYPE, type);
    else if (clock_parse_rfc3339(scan->stamp, scan->stamp_length, &scan->timestamp_ns))
        fault_slot(scan, &scan->timestamp,
                   lacks_zone(scan) ? VIOLATION_NO_ZONE : VIOLATION_DATETIME, type);
    else
        scan->has_timestamp = true;
}

void scan_model_value(struct scan *scan, enum scan_type type)
{
    if (scan_number_is_oversize(&scan->number, type)) {
        enum violation_kind kind =
            type == SCAN_INTEGER ? VIOLATION_INT_SIZE : VIOLATION_NUMBER_SIZE;
        (scan->role == SCAN_ROLE_MEMBER ? fault_member : fault_size)(scan, kind, type);
        return;
    }
    switch ((enum scan_role)scan->role) {
    case SCAN_ROLE_BODY:
        scan->body.seen = type == SCAN_OBJECT;
        if (type != SCAN_OBJECT)
            fault_slot(scan, &scan->body,
                       type == SCAN_NULL ? VIOLATION_BODY_MISSING : VIOLATION_MODEL_TYPE, type);
        break;
    case SCAN_ROLE_NAME:
        if (type != SCAN_STRING)
            fault_slot(scan, &scan->name_slot, VIOLATION_STRING_TYPE, type);
        else if (scan->long_name)
            fault_slot(scan, &scan->name_slot, VIOLATION_TOO_LONG, type);
        break;
    case SCAN_ROLE_DATA:
        scan->in_members = type == SCAN_OBJECT;
        if (type != SCAN_OBJECT)
            fault_slot(scan, &scan->data, VIOLATION_DICT_TYPE, type);
        break;
    case SCAN_ROLE_TIMESTAMP:
        judge_timestamp(scan, type);
        break;
    case SCAN_ROLE_MEMBER:
        judge_member(scan, type);
        break;
    case SCAN_ROLE_IGNORED:
        break;
    }
}

static void tell_slot(const struct scan_slot *slot, const char *field, bool required,
                      struct violations *violations)
{
    if (slot->wrong)
        violations_add(violations, slot->kind, field, slot->input);
    else if (required && !slot->seen)
        violations_add(violations, VIOLATION_MISSING, field, "{}");
}

static void tell_field(const struct scan *scan, const struct scan_slot *slot,
                       enum field_index index, struct violations *violations)
{
    tell_slot(slot, fields[index].name, fields[index].required && scan->body.seen, violations);
}

static void tell_sizes(const struct scan *scan, struct violations *violations)
{
    size_t found = violations->found + scan->sizes_found;
    for (size_t i = 0; i < scan->sizes_kept; i++) {
        const struct scan_size_remark *size = &scan->sizes[i];
        const struct scan_remark *remark = &size->remark;
        if (size->in_data)
            violations_add_member(violations, remark->kind, remark->key, remark->input);
        else
            violations_add(violations, remark->kind, size->whole ? NULL : size->field,
                           remark->input);
    }
    violations->found = found;
}

static void tell_members(const struct scan *scan, struct violations *violations)
{
    size_t found = violations->found + scan->members_found;
    for (size_t i = 0; i < members_kept(scan); i++) {
        const struct scan_remark *member = &scan->members[i];
        violations_add_member(violations, member->kind, member->key, member->input);
    }
    violations->found = found;
}

static void tell_all(const struct scan *scan, struct violations *violations)
{
    violations->max_name = scan->max_name;
    tell_slot(&scan->body, NULL, false, violations);
    tell_field(scan, &scan->name_slot, FIELD_NAME, violations);
    tell_field(scan, &scan->data, FIELD_DATA, violations);
    tell_members(scan, violations);
    tell_field(scan, &scan->timestamp, FIELD_TIMESTAMP, violations);
    tell_sizes(scan, violations);
}

void scan_model_finish(const struct scan *scan, struct param_summary *summary,
                       struct violations *violations)
{
    tell_all(scan, violations);
    if (violations->found)
        return;
    *summary = (struct param_summary){
        .name = scan->name.length ? scan->name.data : "",
        .name_length = scan->name.length,
        .count = scan->tally.count,
        .maxval = scan->tally.count ? scan->tally.maximum : 0,
        .has_timestamp = scan->has_timestamp,
        .timestamp_ns = scan->has_timestamp ? scan->timestamp_ns : 0,
    };
}
