/* json_timeline.c: see json_timeline.h. */
#include "report/json_timeline.h"

#include "base/error.h"
#include "report/base64.h"
#include "report/packed.h"

#include <stdlib.h>
#include <string.h>

/* Two numbers of nine bytes. */
enum { POINT_BYTES_MOST = 18 };

/* No point is further from the window's start than this: a hundred years. */
#define AT_MOST_US (INT64_C(100) * 366 * 86400 * 1000000)

static int64_t took_of(const struct timeline_point *point)
{
    int64_t took = point->took_us;
    return point->failed ? ~took : took;
}

static json_t *points_json(const struct timeline *timeline)
{
    CLEANUP(buffer_deinit)
    struct buffer plain = {0};
    CLEANUP(buffer_deinit)
    struct buffer packed = {0};
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    int64_t before = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        packed_put(&plain, timeline->points[i].at_us - before);
        before = timeline->points[i].at_us;
    }
    for (size_t i = 0; i < timeline->count; i++)
        packed_put(&plain, took_of(&timeline->points[i]));
    packed_zip(&plain, &packed);
    base64_encode(packed.data, packed.length, &text);
    return packed.error || text.error ? NULL : json_stringn(text.data, text.length);
}

void json_timeline_set(json_t *window, const struct timeline *timeline)
{
    json_object_set_new(window, "requests",
                        json_pack("{s:I, s:b, s:o}", "count", (json_int_t)timeline->count,
                                  "thinned", timeline->thinned, "points", points_json(timeline)));
}

json_t *json_timeline_numbers(const struct timeline *timeline)
{
    json_t *array = json_array();
    int64_t before = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_point *point = &timeline->points[i];
        json_array_append_new(array, json_integer(point->at_us - before));
        json_array_append_new(array, json_integer(took_of(point)));
        before = point->at_us;
    }
    return array;
}

/* Reads the times into `points`, then what each took. Returns whether the numbers are right. */
static bool read_points(const struct buffer *plain, struct timeline_point *points, size_t count)
{
    const uint8_t *bytes = (const uint8_t *)plain->data;
    size_t at = 0;
    int64_t time = 0;
    int64_t value;
    for (size_t i = 0; i < count; i++) {
        if (!packed_get(bytes, plain->length, &at, &value) || value > AT_MOST_US - time ||
            value < -AT_MOST_US - time || (i && value < 0))
            return false;
        points[i].at_us = time += value;
    }
    for (size_t i = 0; i < count; i++) {
        if (!packed_get(bytes, plain->length, &at, &value))
            return false;
        points[i].failed = value < 0;
        value = value < 0 ? ~value : value;
        if (value > UINT32_MAX)
            return false;
        points[i].took_us = (uint32_t)value;
    }
    return at == plain->length;
}

/* Returns 0, PACKED_INVALID or -ENOMEM. */
static int decode(const char *text, size_t count, struct timeline *timeline)
{
    CLEANUP(buffer_deinit)
    struct buffer packed = {0};
    CLEANUP(buffer_deinit)
    struct buffer plain = {0};
    int r = base64_decode(text, strlen(text), &packed);
    if (r == 0)
        r = packed_unzip((const uint8_t *)packed.data, packed.length, count * POINT_BYTES_MOST,
                         &plain);
    if (r)
        return r < 0 ? r : PACKED_INVALID;
    struct timeline_point *points = calloc(count + 1, sizeof *points);
    if (!points)
        return -ENOMEM;
    timeline->points = points;
    timeline->count = count;
    timeline->capacity = count + 1;
    return read_points(&plain, points, count) ? 0 : PACKED_INVALID;
}

void json_timeline_read(const struct json_in *window, struct timeline *timeline)
{
    if (!json_in_has(window, "requests"))
        return;
    struct json_in requests = json_in_object(window, "requests");
    size_t count = (size_t)json_in_integer(&requests, "count", 0, TIMELINE_POINTS_MOST);
    timeline->thinned = json_in_flag(&requests, "thinned");
    const char *text = json_in_text(&requests, "points");
    if (requests.fault->error)
        return;
    int r = decode(text, count, timeline);
    if (r < 0)
        json_in_fail(&requests, r);
    if (r > 0)
        json_in_refuse(&requests, "points", " are not %zu requests that this version reads", count);
}
