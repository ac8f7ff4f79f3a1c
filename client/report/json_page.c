/*
 * json_page.c: what a page draws, made of the JSON result. What only programs read
 * (encoded histograms) is taken out, so that the page stays small; a class gets
 * its label, its distribution with and without large requests, the percentiles that
 * the distribution's table names, and each window its requests.
 */
#include "report/report.h"

#include "analysis/percentile.h"
#include "base/error.h"
#include "report/hdr_codec.h"
#include "report/json_findings.h"
#include "report/json_timeline.h"
#include "report/json_value.h"
#include "report/label.h"

#include <math.h>
#include <string.h>

/* Pairs of a percentile and its ms, as far as requests have good replies. Null of nothing. */
static json_t *distribution_json(const struct class_stats *stats)
{
    const struct percentile_source source = percentile_response(stats);
    double count = (double)percentile_count(&source);
    uint64_t replies = stats->response.total;
    if (replies == 0)
        return json_null();
    json_t *array = json_array();
    double last = 100.0 * (1.0 - 1.0 / count);
    double level = 0;
    while (level < last) {
        double rank = fmax(1, ceil(level / 100.0 * count));
        if (rank > (double)replies)
            return array;
        int64_t ns = percentile_value_at(&stats->response, (uint64_t)rank);
        json_array_append_new(array, json_value_pair(json_real(level), json_value_ms(ns)));
        level = hdr_next_level(level);
    }
    if ((double)replies == count)
        json_array_append_new(array,
                              json_value_pair(json_real(last), json_value_ms(stats->response.max)));
    return array;
}

/* What the distribution's table tells, judged as every other percentile is. */
static json_t *levels_json(struct percentile_source source)
{
    static const double levels[] = {50, 75, 90, 95, 99, 99.5, 99.9, 99.99};
    json_t *object = json_object();
    for (size_t i = 0; i < ARRAY_LENGTH(levels); i++)
        json_findings_set_percentile(object, &source, levels[i]);
    return object;
}

/* Leaves only the members that are named. */
static void keep(json_t *object, const char *const names[])
{
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(object, next, key, value)
    {
        size_t i = 0;
        while (names[i] && strcmp(names[i], key) != 0)
            i++;
        if (!names[i])
            json_object_del(object, key);
    }
}

static void draw_window(json_t *object, const struct cell_window *window)
{
    static const char *const kept[] = {"round", "alone",    "start_s",     "duration_s", "planned",
                                       "ok",    "censored", "response_ms", NULL};
    keep(object, kept);
    json_object_set_new(object, "thinned", json_boolean(window->timeline.thinned));
    json_object_set_new(object, "points", json_timeline_numbers(&window->timeline));
}

static void strip(json_t *stats)
{
    json_object_del(stats, "histograms");
    json_object_del(stats, "exact_ns");
}

static void draw_cell(json_t *object, const struct cell *cell)
{
    json_t *windows = json_object_get(object, "windows");
    strip(object);
    strip(json_object_get(object, "baseline"));
    strip(json_object_get(object, "closed_loop"));
    json_object_set_new(object, "label", json_string(label_of(cell).text));
    json_object_set_new(object, "distribution", distribution_json(&cell->stats));
    json_object_set_new(object, "distribution_alone", distribution_json(&cell->baseline));
    json_object_set_new(object, "levels", levels_json(percentile_response_of(cell, false)));
    json_object_set_new(object, "levels_alone", levels_json(percentile_response_of(cell, true)));
    for (size_t i = 0; i < cell->window_count; i++)
        draw_window(json_array_get(windows, i), &cell->windows[i]);
}

json_t *report_page(const struct findings *findings)
{
    const struct result *result = findings->result;
    json_t *root = report_document(findings);
    json_t *cells = json_object_get(root, "cells");
    for (size_t i = 0; i < result->cell_count; i++)
        draw_cell(json_array_get(cells, i), &result->cells[i]);
    return root;
}
