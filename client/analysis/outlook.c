/* outlook.c: see outlook.h. */
#include "analysis/outlook.h"

#include "analysis/percentile.h"
#include "base/clock.h"
#include "base/error.h"
#include "measure/result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define USUAL_PERCENT 10.0

const double outlook_percents[OUTLOOK_PERCENTS] = {50, 90, 99};
const char outlook_short_windows[] =
    "the windows are short for the formula: replayed in windows of this length, theory shows what "
    "was measured";
static const double shares[OUTLOOK_PERCENTS] = {0.50, 0.90, 0.99};

/* The one large class beside the cell, or NULL when there are none or several. */
static const struct cell *only_large(const struct result *result, const struct cell *cell)
{
    const struct cell *first = result_next_large(result, cell, NULL);
    return first && result_next_large(result, cell, first) ? NULL : first;
}

/* Whether theory knows how its requests follow one another. */
static bool is_modelled(const struct traffic_class *large)
{
    return class_is_open(large) || large->connections == 1;
}

/* For how long large requests held the loop, in ms. */
struct holds {
    double *ms; /* owned */
    size_t count;
};

/* What the server counts as large are the class's requests, those before a window among them. */
static bool are_of_class(const struct cell *large)
{
    uint64_t most = large->stats.sent + 2 * large->window_count;
    return large->holds.total >= large->stats.ok && large->holds.total <= most;
}

/* As the server tells them, each to the width of a slot. */
static void take_told(const struct histogram *told, struct holds *holds)
{
    for (int32_t slot = 0; slot < told->counts_length; slot++) {
        for (uint64_t i = 0; i < told->counts[slot]; i++)
            holds->ms[holds->count++] = clock_ms(histogram_slot_highest(told, slot));
    }
}

/* By the stages that the replies told; nothing when one told none. */
static void take_stages(const struct trace *trace, struct holds *holds)
{
    for (size_t i = 0; i < trace->count; i++) {
        if (trace->rows[i].timing.hold_ns <= 0) {
            holds->count = 0;
            return;
        }
        holds->ms[holds->count++] = clock_ms(trace->rows[i].timing.hold_ns);
    }
}

/* Returns 0 or -ENOMEM. */
static int find_holds(const struct cell *large, struct holds *holds, bool *told)
{
    *told = large->holds.total > 0 && are_of_class(large);
    size_t most = *told ? large->holds.total : large->trace.count;
    *holds = (struct holds){.ms = calloc(most + 1, sizeof *holds->ms)};
    if (!holds->ms)
        return -ENOMEM;
    if (*told)
        take_told(&large->holds, holds);
    else
        take_stages(&large->trace, holds);
    return 0;
}

static bool gather(const struct cell *large, const struct holds *holds, struct outlook *outlook)
{
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < holds->count; i++) {
        sum += holds->ms[i];
        squares += holds->ms[i] * holds->ms[i];
    }
    if (holds->count == 0)
        return false;
    double n = (double)holds->count;
    double interval = clock_ms(large->class->interval_ns);
    double latency = histogram_mean(&large->stats.service) / (double)NS_PER_MS;
    outlook->larges = holds->count;
    outlook->input.hold = sum / n;
    outlook->input.hold_squared = squares / n;
    outlook->input.period = interval + (class_is_open(large->class) ? 0 : latency);
    outlook->input.poisson = large->class->arrival == ARRIVAL_POISSON;
    return outlook->input.period > 0;
}

double outlook_predicted_ms(const struct outlook *outlook, size_t index)
{
    const struct prediction *p = &outlook->predicted;
    const double values[OUTLOOK_PERCENTS] = {p->p50, p->p90, p->p99};
    return values[index];
}

static enum replay_arrival arrival_of(const struct traffic_class *large)
{
    if (large->arrival == ARRIVAL_POISSON)
        return REPLAY_POISSON;
    return large->arrival == ARRIVAL_CLOSED ? REPLAY_AFTER_REPLY : REPLAY_PERIODIC;
}

/* What theory would show in these windows; what an idle request takes is added. */
static int set_ranges(const struct cell *cell, const struct cell *large, const struct holds *holds,
                      struct outlook *outlook)
{
    double *windows = calloc(large->window_count + 1, sizeof *windows);
    size_t window_count = 0;
    if (!windows)
        return -ENOMEM;
    for (size_t i = 0; i < large->window_count; i++) {
        const struct cell_window *window = &large->windows[i];
        if (!window->alone)
            windows[window_count++] = clock_ms(window->end_ns - window->start_ns);
    }
    const struct replay replay = {
        .arrival = arrival_of(large->class),
        .period = outlook->input.period,
        .holds = holds->ms,
        .hold_count = holds->count,
        .windows = windows,
        .window_count = window_count,
        .anywhere = cell->has_baseline,
    };
    int r = replay_run(&replay, shares, OUTLOOK_PERCENTS, outlook->ranges);
    for (size_t i = 0; i < OUTLOOK_PERCENTS; i++) {
        outlook->ranges[i].low += outlook->input.idle;
        outlook->ranges[i].middle += outlook->input.idle;
        outlook->ranges[i].high += outlook->input.idle;
    }
    free(windows);
    return r;
}

static bool differs(double predicted, double measured)
{
    double gap = fabs(measured - predicted);
    return gap > OUTLOOK_LEAST_MS && gap > OUTLOOK_MARGIN * fmax(predicted, measured);
}

/* Whether values from `low` to `high` meet the range, but for what is never told apart. */
static bool meets(const struct replay_range *range, double low, double high)
{
    return (high >= range->low || !differs(range->low, high)) &&
           (low <= range->high || !differs(range->high, low));
}

/* Whether theory's own runs, as short as this one, show the measured percentile. */
static bool is_replayed(const struct percentile *measured, const struct replay_range *range)
{
    double low = clock_ms(measured->bounded ? measured->low : measured->ns);
    double high = clock_ms(measured->bounded ? measured->high : measured->ns);
    return meets(range, low, high);
}

/*
 * Where both the measured percentile and the predicted one are what such short
 * runs show, chance can part them. Where only the measured one is, the
 * windows are too short for the formula: that is the only reason that is known.
 */
static void judge(const struct cell *cell, struct outlook *outlook)
{
    outlook->short_windows = true;
    for (size_t i = 0; i < OUTLOOK_PERCENTS; i++) {
        double predicted = outlook_predicted_ms(outlook, i);
        const struct replay_range *range = &outlook->ranges[i];
        struct percentile found =
            percentile_of(percentile_response_of(cell, false), outlook_percents[i]);
        if (!found.known || !differs(predicted, clock_ms(found.ns)))
            continue;
        bool replayed = is_replayed(&found, range);
        if (!replayed || !meets(range, predicted, predicted))
            outlook->verdict = OUTLOOK_DISAGREES;
        else if (outlook->verdict == OUTLOOK_AGREES)
            outlook->verdict = OUTLOOK_CANT_TELL;
        outlook->short_windows = outlook->short_windows && replayed;
    }
    if (outlook->verdict != OUTLOOK_DISAGREES)
        outlook->short_windows = false;
}

static int predict(const struct cell *cell, const struct cell *large, const struct holds *holds,
                   struct outlook *outlook)
{
    const struct histogram *idle =
        cell->baseline.ok ? &cell->baseline.response : &cell->stats.response;
    double percent = cell->baseline.ok ? 50 : USUAL_PERCENT;
    outlook->input.idle = clock_ms(histogram_percentile(idle, percent));
    outlook->predicted = prediction_make(&outlook->input);
    outlook->known = true;
    if (outlook->predicted.overloaded)
        return 0;
    int r = set_ranges(cell, large, holds, outlook);
    if (r == 0)
        judge(cell, outlook);
    return r;
}

int outlook_make(const struct result *result, const struct cell *cell, struct outlook *outlook)
{
    const struct cell *large = only_large(result, cell);
    struct holds holds;
    memset(outlook, 0, sizeof *outlook);
    if (cell->heavy || !large || cell->stats.ok == 0 || cell->traits.one_loop != TRAIT_YES ||
        !is_modelled(large->class))
        return 0;
    int r = find_holds(large, &holds, &outlook->told);
    if (r == 0 && gather(large, &holds, outlook))
        r = predict(cell, large, &holds, outlook);
    free(holds.ms);
    return r;
}

const char *outlook_verdict_name(enum outlook_verdict verdict)
{
    static const char *const names[] = {
        [OUTLOOK_AGREES] = "agrees",
        [OUTLOOK_DISAGREES] = "disagrees",
        [OUTLOOK_CANT_TELL] = "cannot tell",
    };
    return names[verdict];
}
