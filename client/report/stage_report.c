/* stage_report.c: see stage_report.h. */
#include "report/stage_report.h"

#include "analysis/stage_times.h"
#include "base/error.h"
#include "plan/secret.h"
#include "report/json_document.h"
#include "report/json_value.h"
#include "report/ms.h"
#include "report/text_table.h"

#include <math.h>

static void add_row(struct text_table *table, const char *name, const struct stage_times *times)
{
    text_table_add(table, "%s", name);
    text_table_add(table, "%zu", times->count);
    text_table_add(table, "%s", ms_text(times->least_ms).text);
    text_table_add(table, "%s", ms_text(times->median_ms).text);
    text_table_add(table, "%s", isnan(times->p90_ms) ? "-" : ms_text(times->p90_ms).text);
    text_table_add(table, "%s", ms_text(times->most_ms).text);
    text_table_add(table, "%.1f %%", times->share * 100);
}

static void append_table(const struct stages *stages, struct buffer *out)
{
    static const char *const titles[] = {"Stage",  "Replies", "Min ms", "Median ms",
                                         "p90 ms", "Max ms",  "Share"};
    CLEANUP(text_table_deinit)
    struct text_table table;
    text_table_init(&table, ARRAY_LENGTH(titles), stages->count + 2, titles);
    for (size_t i = 0; i < stages->count; i++) {
        const struct stage_times times = stage_times_of(stages, &stages->rows[i]);
        if (times.count)
            add_row(&table, stages->rows[i].desc[0] ? stages->rows[i].desc : stages->rows[i].name,
                    &times);
    }
    const struct stage_times connecting = stage_times_of(stages, &stages->connecting);
    const struct stage_times whole = stage_times_of_requests(stages);
    add_row(&table, "(connecting)", &connecting);
    add_row(&table, "(as the client sees it)", &whole);
    text_table_tell(&table, out);
}

/* What no stage tells: of one that is the sum of the others nothing is known. */
static void append_doubts(const struct stages *stages, struct buffer *out)
{
    if (stages->sent > stages->good) {
        buffer_append_format(out, "\n%zu of %zu requests failed, and do not count: ",
                             stages->sent - stages->good, stages->sent);
        buffer_append_format(out, "%s.\n", stages->failure.words);
    }
    if (stages->no_room)
        buffer_append_format(out, "\nThe server names more than %d stages; these are the first.\n",
                             STAGES_MOST);
}

void stage_report_text(const struct stages *stages, struct buffer *out)
{
    buffer_append_format(
        out, "%s: %zu requests, one after the other; a stage may be part of another.\n\n",
        stages->class->name, stages->good);
    append_table(stages, out);
    if (stages->count == 0)
        buffer_append_text(out, "\nThe server sends no Server-Timing, or none with a duration: "
                                "docs/your-server.md says how to.\n");
    append_doubts(stages, out);
}

static json_t *times_json(const struct stage_times *times)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "count", json_value_count(times->count),
                     "min_ms", json_value_real(times->least_ms), "median_ms",
                     json_value_real(times->median_ms), "p90_ms", json_value_real(times->p90_ms),
                     "max_ms", json_value_real(times->most_ms), "share",
                     json_value_exact(times->share));
}

static json_t *class_json(const struct stages *stages)
{
    const struct stage_times connecting = stage_times_of(stages, &stages->connecting);
    const struct stage_times whole = stage_times_of_requests(stages);
    json_t *rows = json_array();
    for (size_t i = 0; i < stages->count; i++) {
        const struct stage *stage = &stages->rows[i];
        const struct stage_times times = stage_times_of(stages, stage);
        json_t *row = times_json(&times);
        json_object_set_new(row, "name", json_string(stage->name));
        json_object_set_new(row, "desc", json_string(stage->desc));
        if (times.count)
            json_array_append_new(rows, row);
        else
            json_decref(row);
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "class", stages->class->name, "sent",
                     json_value_count(stages->sent), "failed",
                     json_value_count(stages->sent - stages->good), "request", times_json(&whole),
                     "connecting", times_json(&connecting), "stages", rows);
}

json_t *stage_report_json(const struct stages *classes, size_t count, const char *url)
{
    CLEANUP(buffer_deinit)
    struct buffer shown = {0};
    json_t *list = json_array();
    secret_mask(url, &shown);
    for (size_t i = 0; i < count; i++) {
        if (classes[i].good)
            json_array_append_new(list, class_json(&classes[i]));
    }
    return json_pack("{s:i, s:s, s:s%, s:o}", "schema_version", JSON_DOCUMENT_VERSION,
                     "tool_version", LOOPLAG_VERSION, "url", shown.length ? shown.data : "",
                     shown.length, "classes", list);
}
