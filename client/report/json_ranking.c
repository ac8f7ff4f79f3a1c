/* json_ranking.c: see json_ranking.h. */
#include "report/json_ranking.h"

#include "base/clock.h"
#include "base/error.h"
#include "report/json_probe.h"
#include "report/json_value.h"

#include <math.h>
#include <string.h>

#define SUBJECTS_MOST 65536

static json_t *windows_json(const struct subject *subject)
{
    json_t *array = json_array();
    for (size_t i = 0; i < subject->window_count; i++) {
        const struct subject_window *window = &subject->windows[i];
        json_array_append_new(
            array,
            json_pack("{s:o, s:b, s:o, s:o, s:o, s:o}", "round", json_value_count(window->round),
                      "alone", window->alone, "duration_s", json_value_seconds(window->duration_ns),
                      "cpu_seconds", json_value_seconds(window->used.cpu_ns), "memory_peak_bytes",
                      json_value_count(window->used.memory_peak_bytes), "processes",
                      json_value_count(window->used.processes)));
    }
    return array;
}

static json_t *subjects_json(const struct result *result)
{
    json_t *array = json_array();
    for (size_t i = 0; i < result->subject_count; i++) {
        const struct subject *subject = &result->subjects[i];
        json_array_append_new(
            array, json_pack("{s:o, s:s, s:s, s:s, s:b, s:o, s:o, s:o}", "subject",
                             json_value_count(subject->number), "mode", subject->mode, "endpoint",
                             subject->endpoint, "system", subject->system, "keepalive",
                             subject->keepalive, "processes", json_value_count(subject->processes),
                             "memory_peak_bytes", json_value_count(subject->memory_peak_bytes),
                             "windows", windows_json(subject)));
        json_object_set_new(json_array_get(array, i), "probe", json_probe(&subject->probe));
    }
    return array;
}

static json_t *value_json(const struct ranking_value *value)
{
    if (!value->known)
        return json_null();
    json_t *rounds = json_array();
    for (size_t i = 0; i < value->round_count; i++)
        json_array_append_new(rounds, json_value_real(value->rounds[i]));
    return json_pack("{s:o, s:o, s:o}", "value", json_value_real(value->value), "rank",
                     value->rank ? json_value_count(value->rank) : json_null(), "rounds", rounds);
}

static json_t *row_json(const struct ranking_row *row)
{
    json_t *object =
        json_pack("{s:o, s:s, s:s, s:b, s:b, s:o}", "subject",
                  json_value_count(row->subject->number), "mode", row->subject->mode, "endpoint",
                  row->subject->endpoint, "trustworthy", row->trustworthy, "baseline_trustworthy",
                  !row->baseline_late, "large_failed_share", json_value_real(row->failed));
    for (int c = 0; c < RANKING_CRITERIA; c++)
        json_object_set_new(object, ranking_titles[c].key, value_json(&row->values[c]));
    return object;
}

static json_t *ranking_json(const struct ranking *ranking)
{
    if (ranking->count == 0)
        return json_null();
    json_t *rows = json_array();
    for (size_t i = 0; i < ranking->count; i++)
        json_array_append_new(rows, row_json(&ranking->rows[i]));
    return json_pack("{s:o, s:s, s:f, s:f, s:o}", "small_percentile",
                     ranking->percent > 0 ? json_real(ranking->percent) : json_null(),
                     "large_figure", ranking->median ? "p50" : "mean", "margin", RANKING_MARGIN,
                     "risk", RANKING_RISK, "systems", rows);
}

void json_ranking_set(json_t *root, const struct findings *findings)
{
    json_object_set_new(root, "subjects", subjects_json(findings->result));
    json_object_set_new(root, "ranking", ranking_json(&findings->ranking));
}

static uint64_t count_at(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));
    return value > 0 ? (uint64_t)value : 0;
}

static int64_t time_at(const json_t *object, const char *key)
{
    double ns = json_number_value(json_object_get(object, key)) * 1e9;
    return fabs(ns) < 4e18 ? llround(ns) : 0;
}

static bool text_at(const json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text && (size_t)snprintf(out, size, "%s", text) < size;
}

static int read_subject(const json_t *object, struct subject *subject)
{
    const json_t *windows = json_object_get(object, "windows");
    if (!text_at(object, "mode", subject->mode, sizeof subject->mode) ||
        !text_at(object, "endpoint", subject->endpoint, sizeof subject->endpoint) ||
        !text_at(object, "system", subject->system, sizeof subject->system))
        return JSON_RANKING_INVALID;
    subject->number = (size_t)count_at(object, "subject");
    json_probe_read(json_object_get(object, "probe"), &subject->probe);
    subject->keepalive = json_is_true(json_object_get(object, "keepalive"));
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_array_size(windows); i++) {
        const json_t *one = json_array_get(windows, i);
        const struct subject_window window = {
            .round = (unsigned)count_at(one, "round"),
            .alone = json_is_true(json_object_get(one, "alone")),
            .duration_ns = time_at(one, "duration_s"),
            .used = {.cpu_ns = time_at(one, "cpu_seconds"),
                     .memory_peak_bytes = count_at(one, "memory_peak_bytes"),
                     .processes = (unsigned)count_at(one, "processes")},
        };
        r = subject_add_window(subject, &window);
    }
    uint64_t peak = count_at(object, "memory_peak_bytes");
    if (peak > subject->memory_peak_bytes)
        subject->memory_peak_bytes = peak;
    return r;
}

int json_ranking_read(const json_t *root, struct result *result)
{
    const json_t *array = json_object_get(root, "subjects");
    size_t count = json_array_size(array);
    if (count == 0)
        return 0;
    int r = count <= SUBJECTS_MOST ? result_set_subjects(result, count) : JSON_RANKING_INVALID;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = read_subject(json_array_get(array, i), &result->subjects[i]);
    return r;
}
