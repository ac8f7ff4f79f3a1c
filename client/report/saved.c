/*
 * saved.c: see saved.h. A document that was written by this program is read
 * as it was; anything else is refused with the path of what is missing.
 */
#include "report/saved.h"

#include "base/clock.h"
#include "base/error.h"
#include "report/json_histograms.h"
#include "report/json_probe.h"
#include "report/json_ranking.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SCHEMA_VERSION 1
#define CELLS_MOST 65536

static void json_free(json_t **json)
{
    json_decref(*json);
}

static uint64_t count_at(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));
    return value > 0 ? (uint64_t)value : 0;
}

static double number_at(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* Seconds or milliseconds as ns; what no clock shows is 0. */
static int64_t time_at(const json_t *object, const char *key, int64_t unit_ns)
{
    double ns = number_at(object, key) * (double)unit_ns;
    return fabs(ns) < 4e18 ? llround(ns) : 0;
}

/* Copies a string that fits; a missing one is "". */
static bool text_at(const json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    return (size_t)snprintf(out, size, "%s", text ? text : "") < size;
}

/* Returns 0, JSON_HISTOGRAMS_INVALID or -ENOMEM. */
static int read_stats(const json_t *object, struct class_stats *stats)
{
    stats->planned = count_at(object, "planned");
    stats->sent = count_at(object, "sent");
    stats->ok = count_at(object, "ok");
    stats->bytes_sent = count_at(object, "bytes_sent");
    const json_t *errors = json_object_get(object, "errors");
    for (int kind = 0; kind < OUTCOME_KINDS; kind++)
        stats->errors[kind] = count_at(errors, outcome_name((enum outcome_kind)kind));
    return json_histograms_get(object, stats);
}

static int read_windows(const json_t *object, struct cell *cell)
{
    const json_t *array = json_object_get(object, "windows");
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_array_size(array); i++) {
        const json_t *one = json_array_get(array, i);
        bool alone = json_is_true(json_object_get(one, "alone"));
        struct class_stats *stats =
            cell_begin_window(cell, (unsigned)count_at(one, "round"), alone);
        if (!stats)
            return -ENOMEM;
        struct cell_window *window = &cell->windows[cell->window_count - 1];
        window->start_ns = time_at(one, "start_s", NS_PER_S);
        window->end_ns = window->start_ns + time_at(one, "duration_s", NS_PER_S);
        r = read_stats(one, stats);
    }
    return r;
}

/* What the threads were is told of the whole cell only; older results tell nothing. */
static void read_threads(const json_t *audit, struct class_stats *stats)
{
    class_stats_count_threads(stats, (unsigned)count_at(audit, "threads"),
                              count_at(audit, "thread_waits"),
                              time_at(audit, "longest_thread_wait_ms", NS_PER_MS));
}

static void read_server(const json_t *object, struct cell *cell)
{
    const json_t *server = json_object_get(object, "server");
    cell->has_server = json_is_object(server);
    if (!text_at(server, "mode", cell->server.mode, sizeof cell->server.mode) ||
        !cell->server.mode[0])
        snprintf(cell->server.mode, sizeof cell->server.mode, "%.60s", cell->mode);
    cell->server.loop_hold = server_stats_read_figures(json_object_get(server, "loop_hold_ms"));
    cell->server.rss_peak_bytes = count_at(server, "rss_peak_bytes");
    cell->server.cpu_seconds = number_at(server, "cpu_seconds");
    server_stats_read_workers(json_object_get(server, "workers"), &cell->server);
}

/* The class of that name, new if it is the first. NULL when there are too many or it has none. */
static struct traffic_class *class_at(struct options *options, const json_t *object)
{
    struct traffic_class read = {0};
    const char *arrival = json_string_value(json_object_get(object, "arrival"));
    if (!text_at(object, "class", read.name, sizeof read.name) || !read.name[0])
        return NULL;
    for (size_t i = 0; i < options->class_count; i++) {
        if (strcmp(options->classes[i].name, read.name) == 0)
            return &options->classes[i];
    }
    if (options->class_count == CLASS_MOST)
        return NULL;
    read.arrival = class_arrival_parse(arrival ? arrival : "");
    read.has_interval = true;
    read.interval_ns = time_at(object, "interval_ms", NS_PER_MS);
    read.connections = (unsigned)count_at(object, "connections");
    options->classes[options->class_count] = read;
    return &options->classes[options->class_count++];
}

static int read_cell(struct options *options, const json_t *object, struct cell *cell)
{
    cell->class = class_at(options, object);
    if (!cell->class || cell->class->arrival == ARRIVAL_UNSET ||
        !text_at(object, "mode", cell->mode, sizeof cell->mode) ||
        !text_at(object, "endpoint", cell->endpoint, sizeof cell->endpoint))
        return JSON_HISTOGRAMS_INVALID;
    const json_t *baseline = json_object_get(object, "baseline");
    cell->subject = (size_t)count_at(object, "subject");
    cell->body_bytes = (size_t)count_at(object, "size_bytes");
    cell->heavy = json_is_true(json_object_get(object, "heavy"));
    cell->has_baseline = json_is_object(baseline);
    read_server(object, cell);
    cell->traits = traits_read(json_object_get(object, "traits")); /* older results have none */
    int r = read_stats(object, &cell->stats);
    cell->stats.cpu_ns = time_at(object, "client_cpu_seconds", NS_PER_S);
    read_threads(json_object_get(object, "audit"), &cell->stats);
    if (r == 0 && cell->has_baseline)
        r = read_stats(baseline, &cell->baseline);
    return r ? r : read_windows(object, cell);
}

static void read_machine(const json_t *object, struct machine *machine)
{
    text_at(object, "cpu", machine->cpu, sizeof machine->cpu);
    text_at(object, "kernel", machine->kernel, sizeof machine->kernel);
    text_at(object, "os", machine->os, sizeof machine->os);
    machine->cores = (int)count_at(object, "cores");
    machine->memory_bytes = count_at(object, "memory_bytes");
}

static int read_head(const json_t *root, struct saved *saved)
{
    struct result *result = &saved->result;
    const json_t *client = json_object_get(root, "client");
    const char *started = json_string_value(json_object_get(root, "started"));
    const char *command = json_string_value(json_object_get(root, "command"));
    saved->options.command = COMMAND_REPORT;
    saved->options.duration_ns = time_at(root, "duration_s", NS_PER_S);
    saved->options.rounds = (unsigned)count_at(root, "rounds");
    if (!started || clock_parse_rfc3339(started, strlen(started), &result->started_wall_ns))
        return SAVED_INVALID;
    result->cpu_ns = time_at(client, "cpu_seconds", NS_PER_S);
    double percent = number_at(client, "cpu_percent_of_one_core");
    if (percent > 0)
        result->measured_ns = llround((double)result->cpu_ns * 100.0 / percent);
    read_machine(json_object_get(root, "machine"), &result->machine);
    json_probe_read(json_object_get(root, "probe"), &result->probe);
    result->command = strdup(command ? command : "");
    return result->command ? 0 : -ENOMEM;
}

static int read_cells(const json_t *cells, struct saved *saved, char *error)
{
    struct result *result = &saved->result;
    size_t count = json_array_size(cells);
    result->cells = count && count <= CELLS_MOST ? calloc(count, sizeof *result->cells) : NULL;
    if (!result->cells)
        return count && count <= CELLS_MOST ? -ENOMEM : SAVED_INVALID;
    for (size_t i = 0; i < count; i++) {
        struct cell *cell = &result->cells[result->cell_count++];
        int r = class_stats_init(&cell->stats);
        if (r == 0)
            r = class_stats_init(&cell->baseline);
        if (r == 0)
            r = read_cell(&saved->options, json_array_get(cells, i), cell);
        if (r > 0)
            snprintf(error, SAVED_ERROR_SIZE,
                     "its cell %zu has no name, no arrival or no histograms", i + 1);
        if (r)
            return r;
        saved->options.baseline |= cell->has_baseline;
    }
    return 0;
}

static int read_document(const json_t *root, struct saved *saved, char *reason)
{
    json_int_t version = json_integer_value(json_object_get(root, "schema_version"));
    snprintf(reason, SAVED_ERROR_SIZE, "it is no result of looplag's");
    if (version == 0)
        return SAVED_INVALID;
    if (version != SCHEMA_VERSION) {
        snprintf(reason, SAVED_ERROR_SIZE, "its schema_version is %lld, and this program reads %d",
                 (long long)version, SCHEMA_VERSION);
        return SAVED_INVALID;
    }
    int r = read_head(root, saved);
    if (r == 0)
        r = json_ranking_read(root, &saved->result);
    return r ? r : read_cells(json_object_get(root, "cells"), saved, reason);
}

int saved_read(struct saved *saved, const char *path, char error[SAVED_ERROR_SIZE])
{
    char reason[SAVED_ERROR_SIZE];
    json_error_t problem;
    memset(saved, 0, sizeof *saved);
    saved->result.options = &saved->options;
    CLEANUP(json_free)
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &problem);
    int r = SAVED_INVALID;
    struct stat file;
    if (root)
        r = read_document(root, saved, reason);
    else if (stat(path, &file) == 0 && S_ISDIR(file.st_mode))
        snprintf(reason, sizeof reason, "%s", strerror(EISDIR));
    else if (problem.line > 0)
        snprintf(reason, sizeof reason, "line %d is no JSON: %.160s", problem.line, problem.text);
    else
        snprintf(reason, sizeof reason, "%s", strerror(errno));
    if (r > 0)
        snprintf(error, SAVED_ERROR_SIZE, "cannot read %.200s: %.280s", path, reason);
    if (r)
        saved_deinit(saved);
    return r;
}

void saved_deinit(struct saved *saved)
{
    result_deinit(&saved->result);
}
