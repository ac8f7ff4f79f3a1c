/* report_json.c: the JSON document; keys that end in _ms hold milliseconds. */
#include "report/report.h"

#include "base/error.h"
#include "report/exhibit.h"
#include "report/json_document.h"
#include "report/json_findings.h"
#include "report/json_histograms.h"
#include "report/json_parts.h"
#include "report/json_probe.h"
#include "report/json_subjects.h"
#include "report/json_timeline.h"
#include "report/json_value.h"
#include "report/sentences.h"

#include <jansson.h>
#include <string.h>

/* Percentiles of nothing are null. */
static json_t *figures_json(const struct figures *f)
{
    const struct {
        const char *key;
        double value;
    } rows[] = {{"min", f->min}, {"p50", f->p50}, {"mean", f->mean}, {"p90", f->p90},
                {"p95", f->p95}, {"p99", f->p99}, {"max", f->max}};
    json_t *object = json_object();
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        json_object_set_new(object, rows[i].key,
                            f->count ? json_value_exact(rows[i].value) : json_null());
    return object;
}

/* Adds what every set of windows has. */
static void set_stats(json_t *object, const struct class_stats *stats,
                      struct percentile_source response, struct percentile_source service)
{
    json_document_set_counts(object, stats);
    json_object_set_new(object, "response_ms", json_findings_figures(response));
    json_object_set_new(object, "service_ms", json_findings_figures(service));
    json_object_set_new(object, "send_lag_ms",
                        json_findings_figures(percentile_plain(&stats->send_lag)));
    json_object_set_new(object, "read_lag_ms",
                        json_findings_figures(percentile_plain(&stats->read_lag)));
    if (stats->connect.total)
        json_object_set_new(object, "connect_ms",
                            json_findings_figures(percentile_plain(&stats->connect)));
    if (stats->tls.total)
        json_object_set_new(object, "tls_ms", json_findings_figures(percentile_plain(&stats->tls)));
    json_histograms_set(object, stats);
}

/* The rounds one by one: what differences between two results are judged by. */
static json_t *windows_json(const struct result *result, const struct cell *cell)
{
    json_t *array = json_array();
    for (size_t i = 0; i < cell->window_count; i++) {
        const struct cell_window *window = &cell->windows[i];
        json_t *object = json_pack(
            "{s:o, s:b, s:o, s:o}", "round", json_value_count(window->round), "alone",
            window->alone, "start_s", json_value_seconds(window->start_ns - result->started_ns),
            "duration_s", json_value_seconds(window->end_ns - window->start_ns));
        set_stats(object, &window->stats, percentile_response(&window->stats),
                  percentile_service(&window->stats));
        json_timeline_set(object, &window->timeline);
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *workers_json(const struct server_stats *server)
{
    json_t *array = json_array();
    for (size_t i = 0; i < server->worker_count; i++)
        json_array_append_new(array,
                              json_pack("{s:I, s:o, s:o}", "worker", (json_int_t)i, "connections",
                                        json_value_count(server->workers[i].connections),
                                        "requests", json_value_count(server->workers[i].requests)));
    return array;
}

static json_t *server_json(const struct cell *cell)
{
    if (!cell->has_server)
        return json_null();
    json_t *object = json_pack("{s:s, s:o, s:o, s:o, s:o}", "mode", cell->server.mode,
                               "loop_hold_ms", figures_json(&cell->server.loop_hold),
                               "rss_peak_bytes", json_value_count(cell->server.rss_peak_bytes),
                               "cpu_seconds", json_value_exact(cell->server.cpu_seconds), "workers",
                               workers_json(&cell->server));
    if (cell->server.version[0])
        json_object_set_new(object, "version", json_string(cell->server.version));
    return object;
}

static void set_compared(json_t *object, const struct cell_findings *found)
{
    const struct cell *cell = found->cell;
    if (!cell->has_baseline) {
        json_object_set_new(object, "baseline", json_null());
        json_findings_set_interference(object, found);
        return;
    }
    json_t *baseline = json_object();
    set_stats(baseline, &cell->baseline, percentile_response_of(cell, true),
              percentile_service_of(cell, true));
    json_object_set_new(object, "baseline", baseline);
    json_findings_set_interference(object, found);
}

static json_t *first_errors_json(const struct failures *failures)
{
    json_t *array = json_array();
    for (size_t i = 0; i < failures->count; i++) {
        const struct failure *row = &failures->rows[i];
        json_array_append_new(
            array, json_pack("{s:s, s:o, s:s, s:s}", "kind", outcome_name(row->kind), "status",
                             row->status ? json_integer(row->status) : json_null(), "words",
                             row->words, "body", row->body));
    }
    return array;
}

static json_t *cell_json(const struct result *result, const struct cell_findings *found,
                         bool compared)
{
    const struct cell *cell = found->cell;
    const struct traffic_class *class = cell->class;
    json_t *object = json_pack("{s:o, s:s, s:s, s:s}", "mode",
                               cell->label[0] ? json_string(cell->label) : json_null(), "endpoint",
                               cell->endpoint, "class", class->name, "arrival",
                               class_arrival_name(class->arrival));
    set_stats(object, &cell->stats, percentile_response_of(cell, false),
              percentile_service_of(cell, false));
    int64_t cpu_ns = cell->stats.cpu_ns + cell->baseline.cpu_ns;
    json_object_set_new(object, "method", json_string(class_method(class)->name));
    json_object_set_new(object, "size_bytes", json_value_count(cell->body_bytes));
    json_object_set_new(object, "interval_ms", json_value_exact_ms(class->interval_ns));
    json_object_set_new(object, "connections", json_value_count(class->connections));
    json_object_set_new(object, "client_cpu_seconds", json_value_seconds(cpu_ns));
    json_object_set_new(object, "bytes_sent", json_value_count(cell->stats.bytes_sent));
    json_object_set_new(object, "first_errors", first_errors_json(&cell->failures));
    json_object_set_new(object, "server", server_json(cell));
    json_object_set_new(object, "traits", traits_write(&cell->traits));
    json_object_set_new(object, "subject", json_value_count(cell->subject));
    json_object_set_new(object, "heavy", json_boolean(cell->heavy));
    json_object_set_new(object, "windows", windows_json(result, cell));
    json_object_set_new(object, "audit", json_findings_audit(&found->audit));
    json_object_set_new(object, "closed_loop", exhibit_json(cell));
    json_object_set_new(object, "prediction", json_findings_prediction(&found->outlook));
    json_object_set_new(object, "stalls", json_findings_stalls(found));
    json_object_set_new(object, "affinity", json_findings_affinity(&found->affinity));
    if (compared)
        set_compared(object, found);
    return object;
}

/* Each line of a text. */
static json_t *lines_json(const struct buffer *text)
{
    json_t *array = json_array();
    size_t at = 0;
    while (at < text->length) {
        const char *line = text->data + at;
        const char *end = memchr(line, '\n', text->length - at);
        size_t length = end ? (size_t)(end - line) : text->length - at;
        json_array_append_new(array, json_stringn(line, length));
        at += length + 1;
    }
    return array;
}

static json_t *document(const struct findings *findings, const struct buffer *sentences)
{
    const struct result *result = findings->result;
    bool compared = result->options->baseline;
    json_t *root = json_document_new(result);
    json_object_set_new(root, "client",
                        json_pack("{s:o, s:o}", "cpu_percent_of_one_core",
                                  json_value_exact(result_cpu_percent(result)), "cpu_seconds",
                                  json_value_seconds(result->cpu_ns)));
    json_object_set_new(root, "duration_s", json_value_seconds(result->options->duration_ns));
    json_object_set_new(root, "warm_up_s", json_value_seconds(result->warm_up_ns));
    json_object_set_new(root, "rounds", json_value_count(result->options->rounds));
    json_object_set_new(root, "top_stalls", json_value_count(result->options->top_stalls));
    if (compared)
        json_object_set_new(root, "sentences", lines_json(sentences));
    json_object_set_new(root, "subjects", json_subjects(result));
    json_object_set_new(root, "ranking", json_findings_ranking(&findings->ranking));
    json_object_set_new(root, "probe", json_probe(&result->probe));
    json_object_set_new(root, "parts", json_parts(result)); /* left out where there are none */
    json_findings_set_closing(root, findings);
    json_t *cells = json_array();
    for (size_t i = 0; i < result->cell_count; i++)
        json_array_append_new(cells, cell_json(result, &findings->cells[i], compared));
    json_object_set_new(root, "cells", cells);
    return root;
}

json_t *report_document(const struct findings *findings)
{
    CLEANUP(buffer_deinit)
    struct buffer sentences = {0};
    sentences_cells(findings, &sentences);
    sentences_closing(findings, &sentences);
    return sentences.error ? NULL : document(findings, &sentences);
}

void report_json(const struct findings *findings, struct buffer *out)
{
    json_document_write(report_document(findings), out);
}
