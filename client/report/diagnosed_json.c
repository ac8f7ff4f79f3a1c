/* diagnosed_json.c: see diagnosed.h. */
#include "base/error.h"
#include "report/diagnosed_text.h"
#include "report/json_document.h"
#include "report/json_value.h"

static json_t *times_json(const struct exposure_times *times)
{
    if (times->count == 0)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "count", json_value_count(times->count), "p50",
                     json_value_real(times->median), "p50_ci",
                     json_value_pair(json_value_real(times->low), json_value_real(times->high)),
                     "p95", json_value_real(times->p95), "p99", json_value_real(times->p99));
}

/* What was met and stuck, by how many large requests were in hand. */
static json_t *in_hand_json(const struct exposure *row)
{
    json_t *list = json_array();
    for (unsigned w = 1; w <= EXPOSURE_LARGE_MOST; w++) {
        if (row->met[w])
            json_array_append_new(list, json_pack("{s:i, s:o, s:o}", "in_hand", (int)w, "met",
                                                  json_value_count(row->met[w]), "stuck",
                                                  json_value_count(row->stuck[w])));
    }
    return list;
}

static json_t *step_json(const struct exposure *row)
{
    bool answered = row->large_ms > 0;
    return json_pack(
        "{s:i, s:{s:o, s:o, s:o, s:o}, s:{s:o, s:o, s:o, s:o}, s:o, s:o, s:o, s:o, s:o}", "large",
        (int)row->large, "small_requests", "sent", json_value_count(row->small_sent), "failed",
        json_value_count(row->small_failed), "service_ms", times_json(&row->small), "not_stuck_ms",
        times_json(&row->free), "large_requests", "sent", json_value_count(row->large_sent),
        "failed", json_value_count(row->large_failed), "service_ms",
        answered ? json_value_real(row->large_ms) : json_null(), "in_hand_ms",
        answered ? json_value_real(row->in_hand_ms) : json_null(), "met",
        json_value_count(row->met_all), "stuck", json_value_count(row->stuck_all), "slowed",
        json_value_count(row->slowed), "read_lag_p99_ms", json_value_real(row->read_lag_p99_ms),
        "by_in_hand", in_hand_json(row));
}

static json_t *workers_json(const struct diagnosis *diagnosis)
{
    if (!diagnosis->workers)
        return json_null();
    return json_pack("{s:i, s:[i, i], s:o}", "likeliest", (int)diagnosis->workers, "range",
                     (int)diagnosis->workers_low, (int)diagnosis->workers_high, "confidence",
                     json_value_real(diagnosis->workers_confidence));
}

static json_t *slower_json(const struct diagnosis *diagnosis)
{
    if (!diagnosis->slower_from)
        return json_null();
    return json_pack("{s:i, s:o, s:o}", "from", (int)diagnosis->slower_from, "times",
                     json_value_real(diagnosis->slower), "times_at_most",
                     json_value_real(diagnosis->slower_at_most));
}

static json_t *verdict_json(const struct diagnosed *diagnosed)
{
    const struct diagnosis *diagnosis = diagnosed->diagnosis;
    CLEANUP(buffer_deinit)
    struct buffer sentence = {0};
    json_t *probability = json_object();
    for (int kind = 0; kind < DIAGNOSIS_KINDS; kind++)
        json_object_set_new(probability, diagnosed_kind((enum diagnosis_kind)kind),
                            json_value_real(diagnosis->probability[kind]));
    diagnosed_sentence(diagnosed, &sentence);
    return json_pack("{s:s, s:s%, s:o, s:o, s:o, s:o, s:o, s:i, s:s}", "kind",
                     diagnosed_kind(diagnosis->kind), "sentence",
                     sentence.length ? sentence.data : "", sentence.length, "confidence",
                     json_value_real(diagnosis->confidence), "probability", probability, "workers",
                     workers_json(diagnosis), "hold_ms",
                     diagnosis->hold_ms > 0 ? json_value_real(diagnosis->hold_ms) : json_null(),
                     "slower", slower_json(diagnosis), "tried", (int)diagnosis->tried, "advice",
                     diagnosed_advice(diagnosis));
}

json_t *diagnosed_json(const struct diagnosed *diagnosed)
{
    const struct ladder *ladder = diagnosed->ladder;
    const struct exposures *exposures = diagnosed->exposures;
    CLEANUP(buffer_deinit)
    struct buffer url = {0};
    diagnosed_url(diagnosed->url, &url);
    json_t *steps = json_array();
    for (size_t i = 0; i < exposures->count; i++)
        json_array_append_new(steps, step_json(&exposures->rows[i]));
    json_t *root = json_document_new(&ladder->result);
    json_t *more =
        json_pack("{s:s%, s:s, s:o, s:o, s:o, s:b, s:b, s:o}", "url", url.length ? url.data : "",
                  url.length, "ended", diagnosed_end(diagnosed->end), "small_bytes",
                  json_value_count(ladder->result.cells[ladder->small].body_bytes), "large_bytes",
                  json_value_count(ladder->result.cells[ladder->large].body_bytes), "verdict",
                  verdict_json(diagnosed), "whole_time", exposures->whole, "trustworthy",
                  exposures_are_timely(exposures), "steps", steps);
    if (json_object_update_missing(root, more))
        json_object_clear(root);
    json_decref(more);
    return root;
}
