/* json_histograms.c: see json_histograms.h. */
#include "report/json_histograms.h"

#include "base/error.h"
#include "report/hdr_codec.h"

#include <stdbool.h>
#include <stddef.h>

static const struct {
    const char *name;
    size_t offset;
    bool optional; /* earlier versions did not write it */
} members[] = {
    {"response", offsetof(struct class_stats, response), false},
    {"service", offsetof(struct class_stats, service), false},
    {"send_lag", offsetof(struct class_stats, send_lag), false},
    {"machine_lag", offsetof(struct class_stats, machine_lag), true},
    {"censored", offsetof(struct class_stats, censored), true},
};

static json_t *encode(const struct histogram *histogram)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    return hdr_encode(histogram, &text) ? NULL : json_stringn(text.data, text.length);
}

int json_histograms_set(json_t *object, const struct class_stats *stats)
{
    json_t *encoded = json_object();
    json_t *exact = json_object();
    int r = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(members); i++) {
        const struct histogram *histogram =
            (const struct histogram *)((const char *)stats + members[i].offset);
        r |= json_object_set_new(encoded, members[i].name, encode(histogram));
        r |= json_object_set_new(exact, members[i].name,
                                 json_pack("{s:I, s:I, s:I}", "min", (json_int_t)histogram->min,
                                           "max", (json_int_t)histogram->max, "sum",
                                           (json_int_t)histogram->sum));
    }
    r |= json_object_set_new(object, "histograms", encoded);
    r |= json_object_set_new(object, "exact_ns", exact);
    return r ? -ENOMEM : 0;
}

/* Takes over what the encoding does not hold, if it is in keeping with the counts. */
static int set_exact(struct histogram *histogram, const json_t *exact)
{
    int64_t min = json_integer_value(json_object_get(exact, "min"));
    int64_t max = json_integer_value(json_object_get(exact, "max"));
    int64_t sum = json_integer_value(json_object_get(exact, "sum"));
    if (!json_is_object(exact) || min < histogram->min || min > max || max > histogram->max ||
        sum < 0)
        return JSON_HISTOGRAMS_INVALID;
    histogram->min = min;
    histogram->max = max;
    histogram->sum = (uint64_t)sum;
    return 0;
}

static int decode(const json_t *text, const json_t *exact, struct histogram *into)
{
    CLEANUP(histogram_deinit)
    struct histogram read = {0};
    if (!json_is_string(text))
        return JSON_HISTOGRAMS_INVALID;
    int r = hdr_decode(json_string_value(text), json_string_length(text), &read);
    if (r)
        return r < 0 ? r : JSON_HISTOGRAMS_INVALID;
    if (read.total && set_exact(&read, exact))
        return JSON_HISTOGRAMS_INVALID;
    return histogram_merge(into, &read) ? JSON_HISTOGRAMS_INVALID : 0;
}

int json_histograms_get(const json_t *object, struct class_stats *stats)
{
    const json_t *encoded = json_object_get(object, "histograms");
    const json_t *exact = json_object_get(object, "exact_ns");
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(members); i++) {
        struct histogram *histogram = (struct histogram *)((char *)stats + members[i].offset);
        const json_t *text = json_object_get(encoded, members[i].name);
        if (text || !members[i].optional)
            r = decode(text, json_object_get(exact, members[i].name), histogram);
    }
    return r;
}
