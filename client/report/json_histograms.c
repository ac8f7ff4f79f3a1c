/* json_histograms.c: see json_histograms.h. */
#include "report/json_histograms.h"

#include "base/error.h"
#include "report/hdr_codec.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    size_t offset;
    bool optional; /* earlier versions did not write it */
    bool sparse;   /* it is left out where it is empty */
} members[] = {
    {"response", offsetof(struct class_stats, response), false, false},
    {"service", offsetof(struct class_stats, service), false, false},
    {"send_lag", offsetof(struct class_stats, send_lag), false, false},
    {"read_lag", offsetof(struct class_stats, read_lag), true, false},
    {"machine_lag", offsetof(struct class_stats, machine_lag), true, false},
    {"censored", offsetof(struct class_stats, censored), true, false},
    {"connect", offsetof(struct class_stats, connect), true, true},
    {"tls", offsetof(struct class_stats, tls), true, true},
};

static json_t *encode(const struct histogram *histogram)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    hdr_encode(histogram, &text);
    return text.error ? NULL : json_stringn(text.data, text.length);
}

int json_histograms_set(json_t *object, const struct class_stats *stats)
{
    json_t *encoded = json_object();
    json_t *exact = json_object();
    int r = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(members); i++) {
        const struct histogram *histogram =
            (const struct histogram *)((const char *)stats + members[i].offset);
        if (members[i].sparse && histogram->total == 0)
            continue;
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
static void read_exact(const struct json_in *in, const char *key, struct histogram *histogram)
{
    bool some = histogram->total > 0;
    struct json_in exact = json_in_object(in, key);
    /* Of values in the first and the last slot that hold any: others would lose counts. */
    int64_t first = histogram_slot_highest(histogram, histogram_slot(histogram, histogram->min));
    int64_t last = histogram_slot_lowest(histogram, histogram_slot(histogram, histogram->max));
    int64_t max = json_in_integer(&exact, "max", some ? last : 0, some ? histogram->max : 0);
    histogram->min = json_in_integer(&exact, "min", some ? histogram->min : 0,
                                     some && first < max ? first : max);
    histogram->max = max;
    histogram->sum = (uint64_t)json_in_integer(&exact, "sum", max, some ? INT64_MAX : 0);
}

static void read_one(const struct json_in *encoded, const struct json_in *exact, const char *key,
                     struct histogram *into)
{
    CLEANUP(histogram_deinit)
    struct histogram read = {0};
    const char *text = json_in_text(encoded, key);
    int r = hdr_decode(text, strlen(text), &read);
    if (r < 0)
        json_in_fail(encoded, r);
    if (r == 0)
        read_exact(exact, key, &read);
    if (r > 0 || (r == 0 && histogram_merge(into, &read)))
        json_in_refuse(encoded, key, " holds no histogram that this version reads");
}

void json_histograms_read(const struct json_in *in, struct class_stats *stats)
{
    struct json_in encoded = json_in_object(in, "histograms");
    struct json_in exact = json_in_object(in, "exact_ns");
    for (size_t i = 0; i < ARRAY_LENGTH(members); i++) {
        const char *name = members[i].name;
        if (json_in_has(&encoded, name) || !members[i].optional)
            read_one(&encoded, &exact, name,
                     (struct histogram *)((char *)stats + members[i].offset));
    }
}
