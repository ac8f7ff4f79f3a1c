/* json_in.c: see json_in.h. jansson's own unpacking finds what is missing or of another type. */
#include "plan/json_in.h"

#include "plan/printable.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define COUNT_MOST (INT64_C(1) << 53)
#define NUMBER_MOST 1e15

json_t *json_in_load(const char *path, struct json_fault *fault)
{
    json_error_t problem;
    struct stat file;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &problem);
    if (root)
        return root;
    int error = errno;
    fault->error = JSON_IN_INVALID;
    if (stat(path, &file) == 0 && S_ISDIR(file.st_mode))
        error = EISDIR;
    else if (problem.line > 0)
        error = 0;
    if (error)
        snprintf(fault->text, sizeof fault->text, "%s", strerror(error));
    else if (stat(path, &file) == 0 && S_ISREG(file.st_mode) && file.st_size == 0)
        snprintf(fault->text, sizeof fault->text, "it is empty");
    else
        snprintf(fault->text, sizeof fault->text, "line %d is no JSON: %s", problem.line,
                 problem.text);
    return NULL;
}

struct path {
    char text[128];
};

static struct path path_of(const struct json_in *in)
{
    struct path path = {""};
    if (!in->parent)
        return path;
    struct path above = path_of(in->parent);
    if (in->key)
        snprintf(path.text, sizeof path.text, "%.80s%s%.40s", above.text, above.text[0] ? "." : "",
                 in->key);
    else
        snprintf(path.text, sizeof path.text, "%.80s[%zu]", above.text, in->index);
    return path;
}

void json_in_refuse(const struct json_in *in, const char *key, const char *format, ...)
{
    const struct json_in child = {.parent = in, .key = key};
    struct path path = path_of(key ? &child : in);
    struct json_fault *fault = in->fault;
    char wrong[JSON_FAULT_SIZE - sizeof path];
    va_list values;
    if (fault->error)
        return;
    fault->error = JSON_IN_INVALID;
    va_start(values, format);
    vsnprintf(wrong, sizeof wrong, format, values);
    va_end(values);
    snprintf(fault->text, sizeof fault->text, "%s%s", path.text[0] ? path.text : "the document",
             wrong);
}

void json_in_fail(const struct json_in *in, int error)
{
    if (!in->fault->error)
        in->fault->error = error;
}

/* jansson 2.15 adds " for key ...", which the path tells better. */
static size_t type_length(const char *text)
{
    const char *more = strstr(text, " for key ");
    return more ? (size_t)(more - text) : strlen(text);
}

/* Tells what jansson found: its "Expected integer, got string" names no member. */
static void refuse_type(const struct json_in *in, const char *key, const json_error_t *wrong)
{
    if (json_error_code(wrong) == json_error_item_not_found)
        json_in_refuse(in, key, " is missing");
    else
        json_in_refuse(in, key, ": %c%.*s", tolower((unsigned char)wrong->text[0]),
                       (int)type_length(wrong->text) - 1, wrong->text + 1);
}

/* Unpacks one member. Returns whether it did; `out` is untouched otherwise. */
static bool unpack(const struct json_in *in, const char *key, const char *format, void *out)
{
    json_error_t wrong;
    if (in->fault->error || !in->json)
        return false;
    bool good = json_unpack_ex(in->json, &wrong, 0, format, key, out) == 0;
    if (!good)
        refuse_type(in, key, &wrong);
    return good;
}

/* Checks that a value is of the type: "{}" or "[]". */
static struct json_in checked(struct json_in in, const char *type)
{
    json_error_t wrong;
    if (in.json && json_unpack_ex(in.json, &wrong, 0, type)) {
        refuse_type(&in, NULL, &wrong);
        in.json = NULL;
    }
    return in;
}

static struct json_in member(const struct json_in *in, const char *key)
{
    struct json_in out = {.fault = in->fault, .parent = in, .key = key};
    unpack(in, key, "{s:o}", &out.json);
    return out;
}

bool json_in_has(const struct json_in *in, const char *key)
{
    return json_object_get(in->json, key) != NULL;
}

bool json_in_is_null(const struct json_in *in, const char *key)
{
    return json_is_null(json_object_get(in->json, key));
}

struct json_in json_in_object(const struct json_in *in, const char *key)
{
    return checked(member(in, key), "{}");
}

struct json_in json_in_object_or_null(const struct json_in *in, const char *key)
{
    struct json_in out = member(in, key);
    if (json_is_null(out.json))
        out.json = NULL;
    return checked(out, "{}");
}

struct json_in json_in_array(const struct json_in *in, const char *key)
{
    return checked(member(in, key), "[]");
}

size_t json_in_length(const struct json_in *array)
{
    return array->fault->error ? 0 : json_array_size(array->json);
}

struct json_in json_in_element(const struct json_in *array, size_t index)
{
    struct json_in out = {.fault = array->fault, .parent = array, .index = index};
    out.json = json_array_get(array->json, index);
    return checked(out, "{}");
}

int64_t json_in_integer(const struct json_in *in, const char *key, int64_t least, int64_t most)
{
    json_int_t value = 0;
    if (!unpack(in, key, "{s:I}", &value))
        return 0;
    if (value >= least && value <= most)
        return value;
    json_in_refuse(in, key, ": %lld is not between %lld and %lld", (long long)value,
                   (long long)least, (long long)most);
    return 0;
}

uint64_t json_in_count(const struct json_in *in, const char *key)
{
    return (uint64_t)json_in_integer(in, key, 0, COUNT_MOST);
}

static double number_between(const struct json_in *in, const char *key, double least, double most)
{
    double value = 0;
    if (!unpack(in, key, "{s:F}", &value))
        return 0;
    if (value >= least && value <= most)
        return value;
    json_in_refuse(in, key, ": %.10g is not between %.10g and %.10g", value, least, most);
    return 0;
}

double json_in_number(const struct json_in *in, const char *key)
{
    return number_between(in, key, 0, NUMBER_MOST);
}

int64_t json_in_time_between(const struct json_in *in, const char *key, int64_t unit_ns,
                             int64_t least, int64_t most)
{
    double unit = (double)unit_ns;
    return llround(number_between(in, key, (double)least / unit, (double)most / unit) * unit);
}

int64_t json_in_time(const struct json_in *in, const char *key, int64_t unit_ns)
{
    return json_in_time_between(in, key, unit_ns, 0, JSON_IN_TIME_MOST);
}

bool json_in_flag(const struct json_in *in, const char *key)
{
    int value = 0;
    unpack(in, key, "{s:b}", &value);
    return value;
}

const char *json_in_text(const struct json_in *in, const char *key)
{
    const char *text = "";
    unpack(in, key, "{s:s}", &text);
    return text;
}

void json_in_copy(const struct json_in *in, const char *key, char *out, size_t size)
{
    int length = snprintf(out, size, "%s", json_in_text(in, key));
    if (length < 0 || (size_t)length >= size)
        json_in_refuse(in, key, " is longer than %zu bytes", size - 1);
    printable_hide_controls(out);
}

void json_in_null(const struct json_in *in, const char *key)
{
    unpack(in, key, "{s:n}", NULL);
}
