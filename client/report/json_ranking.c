/* json_ranking.c: see json_ranking.h. */
#include "report/json_ranking.h"

#include "measure/result.h"
#include "report/json_value.h"

static json_t *value_json(const struct ranking_value *value)
{
    if (!value->known)
        return json_null();
    json_t *rounds = json_array();
    for (size_t i = 0; i < value->round_count; i++)
        json_array_append_new(rounds, json_value_real(value->rounds[i]));
    return json_pack("{s:o, s:b, s:o, s:o}", "value", json_value_real(value->value), "at_least",
                     value->at_least, "rank",
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

static json_t *seen_json(const struct ranking *ranking)
{
    json_t *object = json_object();
    for (int c = 0; c < RANKING_CRITERIA; c++) {
        double seen = ranking->seen[c];
        json_object_set_new(object, ranking_titles[c].key,
                            seen > 0 ? json_value_real(seen) : json_null());
    }
    return object;
}

json_t *json_ranking(const struct ranking *ranking)
{
    if (ranking->count == 0)
        return json_null();
    json_t *rows = json_array();
    for (size_t i = 0; i < ranking->count; i++)
        json_array_append_new(rows, row_json(&ranking->rows[i]));
    return json_pack("{s:o, s:s, s:f, s:f, s:o, s:o}", "small_percentile",
                     ranking->percent > 0 ? json_real(ranking->percent) : json_null(),
                     "large_figure", ranking->median ? "p50" : "mean", "margin", RANKING_MARGIN,
                     "risk", RANKING_RISK, "seen_from", seen_json(ranking), "systems", rows);
}
