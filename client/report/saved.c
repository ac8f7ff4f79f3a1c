/*
 * saved.c: see saved.h. A document that was written by this program, or an
 * earlier version of it, is read as it was; anything else is refused with the
 * path of what is wrong. What is concluded (percentiles, interference, ranks)
 * is not read, but found again; saved_findings.c reads what cannot be.
 */
#include "report/saved.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"
#include "report/json_document.h"
#include "report/json_histograms.h"
#include "report/json_parts.h"
#include "report/json_probe.h"
#include "report/json_subjects.h"
#include "report/json_timeline.h"
#include "report/saved_findings.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELLS_MOST 65536
#define ROUNDS_MOST 1000000

/* The last moment that is read, and the longest between two: their sums fit in an int64_t. */
#define STAMP_MOST_NS (INT64_C(4100000000) * NS_PER_S)

/* Earlier versions did not write them. */
static void read_statuses(const struct json_in *in, struct class_stats *stats)
{
    const char *name;
    json_t *value;
    if (!json_in_has(in, "statuses"))
        return;
    struct json_in statuses = json_in_object(in, "statuses");
    json_object_foreach(statuses.json, name, value)
    {
        int64_t status;
        if (units_parse_integer(name, STATUS_LEAST, STATUS_MOST, &status) == 0)
            class_stats_count_status(stats, (int)status, json_in_count(&statuses, name));
        else
            json_in_refuse(&statuses, name, " is no status of HTTP");
    }
}

/* Nor these. */
static void read_first_errors(const struct json_in *in, struct failures *failures)
{
    if (!json_in_has(in, "first_errors"))
        return;
    struct json_in rows = json_in_array(in, "first_errors");
    for (size_t i = 0; i < json_in_length(&rows); i++) {
        struct json_in row = json_in_element(&rows, i);
        struct failure failure = {.status = 0};
        enum outcome_kind kind = outcome_named(json_in_text(&row, "kind"));
        if (kind == OUTCOME_KINDS)
            json_in_refuse(&row, "kind", " is no kind of failure that this version knows");
        failure.kind = kind;
        if (!json_in_is_null(&row, "status"))
            failure.status = (int)json_in_integer(&row, "status", STATUS_LEAST, STATUS_MOST);
        json_in_copy(&row, "words", failure.words, sizeof failure.words);
        json_in_copy(&row, "body", failure.body, sizeof failure.body);
        if (!row.fault->error)
            failures_add(failures, &failure);
    }
}

static void read_stats(const struct json_in *in, struct class_stats *stats)
{
    stats->planned = json_in_count(in, "planned");
    stats->sent = (uint64_t)json_in_integer(in, "sent", 0, (int64_t)stats->planned);
    stats->ok = (uint64_t)json_in_integer(in, "ok", 0, (int64_t)stats->sent);
    json_document_read_errors(in, stats->errors);
    read_statuses(in, stats);
    if (json_in_has(in, "resent")) { /* earlier versions did not write these */
        stats->resent = json_in_count(in, "resent");
        stats->connections_opened = json_in_count(in, "connections_opened");
        stats->connections_most = (unsigned)json_in_integer(in, "connections_most", 0, UINT_MAX);
    }
    json_histograms_read(in, stats);
    if (stats->response.total != stats->ok)
        json_in_refuse(in, "ok", ": histograms.response holds %llu requests",
                       (unsigned long long)stats->response.total);
    if (stats->send_lag.total != stats->sent)
        json_in_refuse(in, "sent", ": histograms.send_lag holds %llu requests",
                       (unsigned long long)stats->send_lag.total);
}

static void read_window(const struct json_in *in, unsigned rounds, struct cell *cell)
{
    unsigned round = (unsigned)json_in_integer(in, "round", 0, (int64_t)rounds - 1);
    struct class_stats *stats = cell_begin_window(cell, round, json_in_flag(in, "alone"));
    if (!stats) {
        json_in_fail(in, -ENOMEM);
        return;
    }
    struct cell_window *window = &cell->windows[cell->window_count - 1];
    int64_t start_ns = json_in_time_between(in, "start_s", NS_PER_S, -STAMP_MOST_NS, STAMP_MOST_NS);
    cell_time_window(cell, start_ns, start_ns + json_in_time(in, "duration_s", NS_PER_S));
    read_stats(in, stats);
    json_timeline_read(in, &window->timeline);
}

/* What the threads were is told of the whole cell only; earlier versions did not write it. */
static void read_threads(const struct json_in *in, struct class_stats *stats)
{
    struct json_in audit = json_in_object(in, "audit");
    if (!json_in_has(&audit, "threads"))
        return;
    stats->threads = (unsigned)json_in_integer(&audit, "threads", 0, CLASS_CONNECTIONS_MOST);
    stats->waits = json_in_count(&audit, "thread_waits");
    stats->wait_longest_ns = json_in_time(&audit, "longest_thread_wait_ms", NS_PER_MS);
    double busy =
        json_in_has(&audit, "thread_busy_share") ? json_in_number(&audit, "thread_busy_share") : 0;
    double ran = busy > 0 ? (double)stats->cpu_ns / busy : 0;
    stats->ran_ns = ran < (double)JSON_IN_TIME_MOST ? llround(ran) : 0;
}

static void read_server(const struct json_in *in, struct cell *cell)
{
    struct json_in server = json_in_object_or_null(in, "server");
    struct server_stats *stats = &cell->server;
    cell->has_server = server.json != NULL;
    snprintf(stats->mode, sizeof stats->mode, "%.60s", cell->label);
    if (!cell->has_server)
        return;
    if (json_in_has(&server, "mode"))
        json_in_copy(&server, "mode", stats->mode, sizeof stats->mode);
    if (json_in_has(&server, "version"))
        json_in_copy(&server, "version", stats->version, sizeof stats->version);
    stats->loop_hold = server_stats_read_figures(&server, "loop_hold_ms");
    stats->rss_peak_bytes = json_in_count(&server, "rss_peak_bytes");
    stats->cpu_seconds = json_in_number(&server, "cpu_seconds");
    server_stats_read_workers(&server, stats);
}

/* The class of that name, new if it is the first. NULL after a fault. */
static struct traffic_class *read_class(const struct json_in *in, struct options *options)
{
    struct traffic_class read = {.has_interval = true};
    json_in_copy(in, "class", read.name, sizeof read.name);
    read.arrival = class_arrival_parse(json_in_text(in, "arrival"));
    read.interval_ns = json_in_time(in, "interval_ms", NS_PER_MS);
    read.connections = (unsigned)json_in_integer(in, "connections", 0, CLASS_CONNECTIONS_MOST);
    if (json_in_has(in, "method") && !(read.method = method_find(json_in_text(in, "method"))))
        json_in_refuse(in, "method", " is none of " METHOD_NAMES);
    size_t i = 0;
    while (i < options->class_count && strcmp(options->classes[i].name, read.name) != 0)
        i++;
    if (!read.name[0])
        json_in_refuse(in, "class", " is empty");
    else if (read.arrival == ARRIVAL_UNSET)
        json_in_refuse(in, "arrival", " is none of open, closed and poisson");
    else if (i == CLASS_MOST)
        json_in_refuse(in, "class", " is one more than the %d that this version reads", CLASS_MOST);
    if (in->fault->error)
        return NULL;
    if (i == options->class_count)
        options->classes[options->class_count++] = read;
    const struct traffic_class *first = &options->classes[i];
    if (class_method(first) != class_method(&read) || first->arrival != read.arrival ||
        first->interval_ns != read.interval_ns || first->connections != read.connections)
        json_in_refuse(in, NULL,
                       ": class %s has another method, arrival, interval or connections than in a "
                       "cell before it",
                       read.name);
    return &options->classes[i];
}

static void read_cell(const struct json_in *in, struct options *options, struct cell *cell)
{
    cell->class = read_class(in, options);
    if (!json_in_is_null(in, "mode"))
        json_in_copy(in, "mode", cell->label, sizeof cell->label);
    json_in_copy(in, "endpoint", cell->endpoint, sizeof cell->endpoint);
    cell->subject = (size_t)json_in_count(in, "subject");
    cell->body_bytes = (size_t)json_in_count(in, "size_bytes");
    cell->heavy = json_in_flag(in, "heavy");
    read_server(in, cell);
    if (json_in_has(in, "traits")) {
        struct json_in traits = json_in_object(in, "traits");
        cell->traits = traits_read(&traits);
    }
    read_first_errors(in, &cell->failures);
    if (in->fault->error)
        return; /* stats take megabytes */
    json_in_fail(in, class_stats_init(&cell->stats));
    json_in_fail(in, class_stats_init(&cell->baseline));
    json_in_fail(in, class_stats_init(&cell->closed_loop));
    read_stats(in, &cell->stats);
    cell->stats.bytes_sent = json_in_count(in, "bytes_sent");
    cell->stats.cpu_ns = json_in_time(in, "client_cpu_seconds", NS_PER_S);
    read_threads(in, &cell->stats);
    if (json_in_has(in, "baseline")) {
        struct json_in baseline = json_in_object_or_null(in, "baseline");
        cell->has_baseline = baseline.json != NULL;
        if (cell->has_baseline)
            read_stats(&baseline, &cell->baseline);
    }
    struct json_in windows = json_in_array(in, "windows");
    for (size_t i = 0; i < json_in_length(&windows); i++) {
        struct json_in window = json_in_element(&windows, i);
        read_window(&window, options->rounds, cell);
        if (json_is_true(json_object_get(window.json, "alone")) && !cell->has_baseline)
            json_in_refuse(in, "baseline", " is missing, and window %zu belongs to it", i);
    }
}

static void read_cells(const struct json_in *root, struct saved *saved)
{
    struct result *result = &saved->result;
    struct json_in cells = json_in_array(root, "cells");
    size_t count = json_in_length(&cells);
    if (count == 0 || count > CELLS_MOST)
        json_in_refuse(&cells, NULL, " holds none, or more than %d", CELLS_MOST);
    else if (!(result->cells = calloc(count, sizeof *result->cells)))
        json_in_fail(&cells, -ENOMEM);
    for (size_t i = 0; result->cells && i < json_in_length(&cells); i++) {
        struct json_in in = json_in_element(&cells, i);
        struct cell *cell = &result->cells[result->cell_count++];
        read_cell(&in, &saved->options, cell);
        saved->options.baseline |= cell->has_baseline;
    }
}

static void read_machine(const struct json_in *root, struct machine *machine)
{
    struct json_in in = json_in_object(root, "machine");
    json_in_copy(&in, "cpu", machine->cpu, sizeof machine->cpu);
    json_in_copy(&in, "kernel", machine->kernel, sizeof machine->kernel);
    json_in_copy(&in, "os", machine->os, sizeof machine->os);
    machine->cores = (int)json_in_integer(&in, "cores", 0, INT_MAX);
    machine->memory_bytes = json_in_count(&in, "memory_bytes");
    if (json_in_has(&in, "libcurl"))
        json_in_copy(&in, "libcurl", machine->libcurl, sizeof machine->libcurl);
    if (json_in_has(&in, "lag_p99_ms"))
        machine->lag_p99_ms = json_in_number(&in, "lag_p99_ms");
}

/* The client's CPU time, and from it and its share how long was measured. */
static void read_client(const struct json_in *root, struct result *result)
{
    struct json_in in = json_in_object(root, "client");
    result->cpu_ns = json_in_time(&in, "cpu_seconds", NS_PER_S);
    double percent = json_in_number(&in, "cpu_percent_of_one_core");
    double measured = percent > 0 ? (double)result->cpu_ns * 100.0 / percent : 0;
    if (measured <= (double)JSON_IN_TIME_MOST)
        result->measured_ns = llround(measured);
    else
        json_in_refuse(&in, "cpu_percent_of_one_core", ": %g is too little for cpu_seconds",
                       percent);
}

static void read_head(const struct json_in *root, struct saved *saved)
{
    struct result *result = &saved->result;
    const char *started = json_in_text(root, "started");
    if (clock_parse_rfc3339(started, strlen(started), &result->started_wall_ns) ||
        result->started_wall_ns < 0 || result->started_wall_ns > STAMP_MOST_NS)
        json_in_refuse(root, "started", " is no time of RFC 3339 between 1970 and 2099");
    const char *command = json_in_is_null(root, "command") ? "" : json_in_text(root, "command");
    result->command = strdup(command);
    if (!result->command)
        json_in_fail(root, -ENOMEM);
    saved->options.command = COMMAND_REPORT;
    saved->options.duration_ns =
        json_in_time_between(root, "duration_s", NS_PER_S, 1, JSON_IN_TIME_MOST);
    if (json_in_has(root, "warm_up_s"))
        result->warm_up_ns = json_in_time(root, "warm_up_s", NS_PER_S);
    saved->options.rounds = (unsigned)json_in_integer(root, "rounds", 1, ROUNDS_MOST);
    read_client(root, result);
    read_machine(root, &result->machine);
    json_probe_read(root, &result->probe);
}

/* Sets the fault when the document is not one of ours, or of a later version. */
static void check_version(const struct json_in *root)
{
    json_int_t version = json_integer_value(json_object_get(root->json, "schema_version"));
    if (version == 0)
        json_in_refuse(root, NULL, " is no result of looplag's");
    else if (version != JSON_DOCUMENT_VERSION)
        json_in_refuse(root, NULL, "'s schema_version is %lld, and this program reads %d",
                       (long long)version, JSON_DOCUMENT_VERSION);
}

/* The end of a path that is longer than a part's name. */
static const char *short_name(const char *path)
{
    size_t length = strlen(path);
    return length < RESULT_PART_NAME ? path : path + length - RESULT_PART_NAME + 1;
}

static void read_document(json_t *document, const char *path, struct saved *saved,
                          struct json_fault *fault)
{
    const struct json_in root = {.json = document, .fault = fault};
    check_version(&root);
    read_head(&root, saved);
    json_subjects_read(&root, &saved->result);
    read_cells(&root, saved);
    json_parts_read(&root, &saved->result);
    if (!fault->error)
        saved->told = saved_findings_read(&root, &saved->options, &saved->result);
    if (saved->result.part_count || fault->error)
        return;
    struct result_part part;
    result_describe_part(&saved->result, short_name(path), &part);
    json_in_fail(&root, result_add_part(&saved->result, &part));
}

int saved_read(struct saved *saved, const char *path, char error[SAVED_ERROR_SIZE])
{
    struct json_fault fault = {0};
    memset(saved, 0, sizeof *saved);
    saved->result.options = &saved->options;
    json_auto_t *root = json_in_load(path, &fault);
    if (root)
        read_document(root, path, saved, &fault);
    if (fault.error > 0)
        snprintf(error, SAVED_ERROR_SIZE, "cannot read %.200s: %s", path, fault.text);
    if (fault.error)
        saved_deinit(saved);
    return fault.error > 0 ? SAVED_INVALID : fault.error;
}

int saved_conclude(struct saved *saved, struct findings *findings)
{
    int r = result_thin(&saved->result);
    r = r ? r : findings_make(findings, &saved->result);
    if (r == 0 && saved->told)
        saved_findings_put(saved->told, findings);
    return r;
}

int saved_add_missing(struct saved *saved, const char *path, const char *reason)
{
    struct result_part part = {.name = ""};
    snprintf(part.name, sizeof part.name, "%s", short_name(path));
    snprintf(part.missing, sizeof part.missing, "%s", reason);
    return result_add_part(&saved->result, &part);
}

void saved_deinit(struct saved *saved)
{
    saved_findings_free(saved->told, saved->result.cell_count);
    saved->told = NULL;
    result_deinit(&saved->result);
}
