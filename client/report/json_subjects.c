/* json_subjects.c: see json_subjects.h. */
#include "report/json_subjects.h"

#include "base/clock.h"
#include "report/json_probe.h"
#include "report/json_value.h"

#include <limits.h>
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

json_t *json_subjects(const struct result *result)
{
    json_t *array = json_array();
    for (size_t i = 0; i < result->subject_count; i++) {
        const struct subject *subject = &result->subjects[i];
        json_array_append_new(
            array, json_pack("{s:o, s:s, s:s, s:s, s:b, s:o, s:o, s:o}", "subject",
                             json_value_count(subject->number), "mode", subject->label, "endpoint",
                             subject->endpoint, "system", subject->system, "keepalive",
                             subject->keepalive, "processes", json_value_count(subject->processes),
                             "memory_peak_bytes", json_value_count(subject->memory_peak_bytes),
                             "windows", windows_json(subject)));
        json_object_set_new(json_array_get(array, i), "probe", json_probe(&subject->probe));
    }
    return array;
}

static void read_window(const struct json_in *in, unsigned rounds, struct subject *subject)
{
    const struct subject_window window = {
        .round = (unsigned)json_in_integer(in, "round", 0, (int64_t)rounds - 1),
        .alone = json_in_flag(in, "alone"),
        .duration_ns = json_in_time(in, "duration_s", NS_PER_S),
        .used = {.cpu_ns = json_in_time(in, "cpu_seconds", NS_PER_S),
                 .memory_peak_bytes = json_in_count(in, "memory_peak_bytes"),
                 .processes = (unsigned)json_in_integer(in, "processes", 0, UINT_MAX)},
    };
    json_in_fail(in, subject_add_window(subject, &window));
}

static void read_subject(const struct json_in *in, unsigned rounds, struct subject *subject)
{
    subject->number = (size_t)json_in_count(in, "subject");
    json_in_copy(in, "mode", subject->label, sizeof subject->label);
    json_in_copy(in, "endpoint", subject->endpoint, sizeof subject->endpoint);
    memcpy(subject->system, subject->label, sizeof subject->system);
    if (json_in_has(in, "system"))
        json_in_copy(in, "system", subject->system, sizeof subject->system);
    subject->keepalive = json_in_flag(in, "keepalive");
    subject->processes = (unsigned)json_in_integer(in, "processes", 0, UINT_MAX);
    subject->memory_peak_bytes = json_in_count(in, "memory_peak_bytes");
    json_probe_read(in, &subject->probe);
    struct json_in windows = json_in_array(in, "windows");
    for (size_t i = 0; i < json_in_length(&windows); i++) {
        struct json_in window = json_in_element(&windows, i);
        read_window(&window, rounds, subject);
    }
}

void json_subjects_read(const struct json_in *root, struct result *result)
{
    if (!json_in_has(root, "subjects"))
        return;
    struct json_in subjects = json_in_array(root, "subjects");
    size_t count = json_in_length(&subjects);
    if (count > SUBJECTS_MOST)
        json_in_refuse(&subjects, NULL, " holds more than %d", SUBJECTS_MOST);
    else if (count)
        json_in_fail(root, result_set_subjects(result, count));
    for (size_t i = 0; i < json_in_length(&subjects); i++) {
        struct json_in subject = json_in_element(&subjects, i);
        read_subject(&subject, result->options->rounds, &result->subjects[i]);
    }
}
