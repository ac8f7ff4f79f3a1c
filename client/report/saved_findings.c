/*
 * saved_findings.c: see saved_findings.h. Earlier versions did not write all that it takes: then
 * nothing is known.
 */
#include "report/saved_findings.h"

#include "base/clock.h"
#include "report/json_histograms.h"

#include <stdlib.h>
#include <string.h>

/* A member of a cell that is null or tells `mark`, which earlier versions did not; NULL there. */
static struct json_in told(const struct json_in *cell, const char *key, const char *mark)
{
    struct json_in none = {.fault = cell->fault};
    if (!json_in_has(cell, key))
        return none;
    struct json_in object = json_in_object_or_null(cell, key);
    return object.json && !json_in_has(&object, mark) ? none : object;
}

static double number_or_null(const struct json_in *in, const char *key, bool null)
{
    if (!null)
        return json_in_number(in, key);
    json_in_null(in, key);
    return 0;
}

static int64_t time_or_null(const struct json_in *in, const char *key, bool null)
{
    if (!null)
        return json_in_time(in, key, NS_PER_MS);
    json_in_null(in, key);
    return 0;
}

static struct replay_range read_range(const struct json_in *in, const char *key)
{
    const json_t *pair = json_object_get(in->json, key);
    const json_t *low = json_array_get(pair, 0);
    const json_t *high = json_array_get(pair, 1);
    if (json_array_size(pair) != 2 || !json_is_number(low) || !json_is_number(high) ||
        json_number_value(low) < 0 || json_number_value(low) > json_number_value(high) ||
        json_number_value(high) > 1e15)
        json_in_refuse(in, key, " is no pair of times");
    return (struct replay_range){.low = json_number_value(low), .high = json_number_value(high)};
}

static void read_ranges(const struct json_in *in, bool none, struct outlook *outlook)
{
    static const char *const keys[OUTLOOK_PERCENTS] = {"p50", "p90", "p99"};
    struct json_in middles = json_in_object(in, "replay_ms");
    struct json_in ranges = json_in_object(in, "run_range_ms");
    for (size_t i = 0; i < OUTLOOK_PERCENTS; i++) {
        if (none)
            json_in_null(&ranges, keys[i]);
        else
            outlook->ranges[i] = read_range(&ranges, keys[i]);
        outlook->ranges[i].middle = number_or_null(&middles, keys[i], none);
    }
}

static enum outlook_verdict read_verdict(const struct json_in *in)
{
    const char *text = json_in_text(in, "verdict");
    for (enum outlook_verdict i = OUTLOOK_AGREES; i <= OUTLOOK_CANT_TELL; i++) {
        if (strcmp(text, outlook_verdict_name(i)) == 0)
            return i;
    }
    json_in_refuse(in, "verdict", " is none that this version knows");
    return OUTLOOK_AGREES;
}

static void read_prediction(const struct json_in *cell, struct outlook *outlook)
{
    struct json_in in = told(cell, "prediction", "at_random");
    if (!in.json)
        return;
    struct json_in response = json_in_object(&in, "response_ms");
    struct prediction *predicted = &outlook->predicted;
    bool none = json_in_flag(&in, "overloaded");
    outlook->known = true;
    outlook->told = json_in_flag(&in, "hold_told");
    outlook->input.hold = json_in_number(&in, "loop_hold_ms");
    outlook->input.period = json_in_number(&in, "period_ms");
    outlook->input.poisson = json_in_flag(&in, "at_random");
    outlook->larges = (size_t)json_in_count(&in, "large_requests");
    predicted->overloaded = none;
    predicted->share = json_in_number(&in, "share_held");
    predicted->p50 = number_or_null(&response, "p50", none);
    predicted->mean = number_or_null(&response, "mean", none);
    predicted->p90 = number_or_null(&response, "p90", none);
    predicted->p99 = number_or_null(&response, "p99", none);
    read_ranges(&in, none, outlook);
    outlook->short_windows = !json_in_is_null(&in, "disagreement");
    if (outlook->short_windows)
        json_in_text(&in, "disagreement");
    if (none)
        json_in_null(&in, "verdict");
    else
        outlook->verdict = read_verdict(&in);
}

/* Takes "NAME-NUMBER" apart: the number, and the length of the name in *length; 0: it is none. */
static uint64_t read_id(const struct json_in *in, const char *key, size_t *length)
{
    const char *text = json_in_text(in, key);
    const char *dash = strrchr(text, '-');
    char *end = NULL;
    uint64_t number = dash ? strtoull(dash + 1, &end, 10) : 0;
    if (!in->fault->error && (!dash || dash == text || end == dash + 1 || *end))
        json_in_refuse(in, key, " names no request");
    *length = dash ? (size_t)(dash - text) : 0;
    return number;
}

static const struct traffic_class *class_named(const struct options *options, const char *name,
                                               size_t length)
{
    for (size_t i = 0; i < options->class_count; i++) {
        if (strlen(options->classes[i].name) == length &&
            memcmp(options->classes[i].name, name, length) == 0)
            return &options->classes[i];
    }
    return NULL;
}

static struct stall read_stall(const struct json_in *in, const struct options *options)
{
    size_t length;
    struct stall stall = {
        .id = read_id(in, "id", &length),
        .response_ns = json_in_time(in, "response_ms", NS_PER_MS),
        .excess_ns = json_in_time(in, "excess_ms", NS_PER_MS),
        .blamed_ns = json_in_time(in, "explained_ms", NS_PER_MS),
        .large_ns = json_in_has(in, "large_ms") ? json_in_time(in, "large_ms", NS_PER_MS) : 0,
    };
    bool met = !json_in_is_null(in, "large");
    if (met) {
        stall.large_id = read_id(in, "large", &length);
        stall.large = class_named(options, json_in_text(in, "large"), length);
        if (!in->fault->error && !stall.large)
            json_in_refuse(in, "large", " is of no class of the result");
    }
    bool held = met && !json_in_is_null(in, "large_hold_ms");
    stall.large_hold_ns = time_or_null(in, "large_hold_ms", !held);
    return stall;
}

static void read_worst(const struct json_in *in, const struct options *options,
                       struct stalls *stalls)
{
    struct json_in worst = json_in_array(in, "worst");
    size_t count = json_in_length(&worst);
    if (count > STALLS_TOP_MOST || count > stalls->slow) {
        json_in_refuse(in, "worst", " holds more than were slow, or than %d", STALLS_TOP_MOST);
        return;
    }
    stalls->top = calloc(count + 1, sizeof *stalls->top);
    if (!stalls->top)
        json_in_fail(in, -ENOMEM);
    for (size_t i = 0; stalls->top && i < count; i++) {
        struct json_in stall = json_in_element(&worst, i);
        stalls->top[stalls->top_count++] = read_stall(&stall, options);
    }
}

static void read_stalls(const struct json_in *cell, const struct options *options,
                        struct stalls *stalls)
{
    struct json_in in = told(cell, "stalls", "chance_share");
    if (!in.json)
        return;
    const char *relation = json_in_text(&in, "relation");
    stalls->known = true;
    stalls->causal = strcmp(relation, "cause") == 0;
    if (!stalls->causal && strcmp(relation, "overlap") != 0)
        json_in_refuse(&in, "relation", " is neither cause nor overlap");
    stalls->slow = json_in_count(&in, "slow");
    stalls->excess_ns = json_in_time(&in, "excess_ms", NS_PER_MS);
    stalls->blamed_ns = json_in_time(&in, "explained_ms", NS_PER_MS);
    stalls->chance = json_in_number(&in, "chance_share");
    read_worst(&in, options, stalls);
}

static void read_affinity(const struct json_in *cell, struct affinity *affinity)
{
    struct json_in in = told(cell, "affinity", "named");
    if (!in.json)
        return;
    affinity->known = true;
    affinity->named = json_in_flag(&in, "named");
    affinity->workers = (size_t)json_in_count(&in, "workers");
    affinity->count = json_in_count(&in, "requests");
    affinity->beside = (uint64_t)json_in_integer(&in, "beside", 0, (int64_t)affinity->count);
    affinity->stuck = (uint64_t)json_in_integer(&in, "stuck", 0, (int64_t)affinity->beside);
    affinity->beside_p50_ns = time_or_null(&in, "beside_p50_ms", affinity->beside == 0);
    affinity->others_p50_ns =
        time_or_null(&in, "others_p50_ms", affinity->beside == affinity->count);
}

/* What --exhibit measured. */
static void read_closed_loop(const struct json_in *in, struct cell *cell)
{
    struct json_in loop = told(in, "closed_loop", "histograms");
    struct class_stats *closed_loop = &cell->closed_loop;
    if (!loop.json)
        return;
    closed_loop->sent = json_in_count(&loop, "sent");
    closed_loop->ok = (uint64_t)json_in_integer(&loop, "ok", 0, (int64_t)closed_loop->sent);
    json_histograms_read(&loop, closed_loop);
    if (closed_loop->service.total != closed_loop->ok)
        json_in_refuse(&loop, "ok", ": histograms.service holds %llu requests",
                       (unsigned long long)closed_loop->service.total);
}

struct cell_findings *saved_findings_read(const struct json_in *root, struct options *options,
                                          struct result *result)
{
    struct json_in cells = json_in_array(root, "cells");
    struct cell_findings *told = calloc(result->cell_count + 1, sizeof *told);
    if (!told)
        json_in_fail(root, -ENOMEM);
    if (json_in_has(root, "top_stalls"))
        options->top_stalls = (unsigned)json_in_integer(root, "top_stalls", 0, STALLS_TOP_MOST);
    for (size_t i = 0; told && !root->fault->error && i < result->cell_count; i++) {
        struct json_in in = json_in_element(&cells, i);
        read_prediction(&in, &told[i].outlook);
        read_stalls(&in, options, &told[i].stalls);
        read_affinity(&in, &told[i].affinity);
        read_closed_loop(&in, &result->cells[i]);
    }
    return told;
}

void saved_findings_put(struct cell_findings *told, struct findings *findings)
{
    for (size_t i = 0; i < findings->result->cell_count; i++) {
        struct cell_findings *found = &findings->cells[i];
        stalls_deinit(&found->stalls);
        found->outlook = told[i].outlook;
        found->stalls = told[i].stalls;
        found->affinity = told[i].affinity;
        told[i].stalls = (struct stalls){.known = false};
    }
}

void saved_findings_free(struct cell_findings *told, size_t count)
{
    for (size_t i = 0; told && i < count; i++)
        stalls_deinit(&told[i].stalls);
    free(told);
}
