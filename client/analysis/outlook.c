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
static const double shares[OUTLOOK_PERCENTS] = {0.50, 0.90, 0.99};

/* The one large class beside the cell, or NULL when there are none or several. */
static const struct cell *only_large(const struct result *result, const struct cell *cell)
{
    const struct cell *found = NULL;
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct cell *other = &result->cells[i];
        if (!other->heavy || other->subject != cell->subject)
            continue;
        if (found)
            return NULL;
        found = other;
    }
    return found;
}

/* For how long the class was sent, in ms. */
static double windows_ms(const struct cell *cell)
{
    double sum = 0;
    for (size_t i = 0; i < cell->window_count; i++)
        sum += (double)(cell->windows[i].end_ns - cell->windows[i].start_ns) / (double)NS_PER_MS;
    return sum;
}

static bool gather(const struct cell *large, struct outlook *outlook)
{
    const struct trace *trace = &large->trace;
    double hold = 0;
    double squares = 0;
    for (size_t i = 0; i < trace->count; i++) {
        double ms = (double)trace->rows[i].timing.hold_ns / (double)NS_PER_MS;
        if (ms <= 0)
            return false;
        hold += ms;
        squares += ms * ms;
        outlook->hold_max = fmax(outlook->hold_max, ms);
    }
    if (trace->count == 0)
        return false;
    double n = (double)trace->count;
    double interval = (double)large->class->interval_ns / (double)NS_PER_MS;
    double latency = histogram_mean(&large->stats.service) / (double)NS_PER_MS;
    outlook->larges = trace->count;
    outlook->came_each = windows_ms(large) / (double)large->stats.sent;
    outlook->input.hold = hold / n;
    outlook->input.hold_squared = squares / n;
    outlook->input.period = class_is_open(large->class)
                                ? interval
                                : (interval + latency) / (double)large->class->connections;
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
    bool one_by_one = large->arrival == ARRIVAL_CLOSED && large->connections == 1;
    return one_by_one ? REPLAY_AFTER_REPLY : REPLAY_PERIODIC;
}

/* What theory would show in these windows; what an idle request takes is added. */
static int set_ranges(const struct cell *large, struct outlook *outlook)
{
    const struct trace *trace = &large->trace;
    double *holds = calloc(trace->count + large->window_count, sizeof *holds);
    if (!holds)
        return -ENOMEM;
    double *windows = holds + trace->count;
    size_t window_count = 0;
    for (size_t i = 0; i < trace->count; i++)
        holds[i] = (double)trace->rows[i].timing.hold_ns / (double)NS_PER_MS;
    for (size_t i = 0; i < large->window_count; i++) {
        const struct cell_window *window = &large->windows[i];
        if (!window->alone)
            windows[window_count++] = (double)(window->end_ns - window->start_ns) / NS_PER_MS;
    }
    const struct replay replay = {
        .arrival = arrival_of(large->class),
        .period = outlook->input.period,
        .holds = holds,
        .hold_count = trace->count,
        .windows = windows,
        .window_count = window_count,
    };
    int r = replay_run(&replay, shares, OUTLOOK_PERCENTS, outlook->ranges);
    for (size_t i = 0; i < OUTLOOK_PERCENTS; i++) {
        outlook->ranges[i].low += outlook->input.idle;
        outlook->ranges[i].high += outlook->input.idle;
    }
    free(holds);
    return r;
}

static double to_ms(int64_t ns)
{
    return (double)ns / (double)NS_PER_MS;
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

/* Whether chance can have made the measured percentile differ from the predicted one. */
static bool is_chance(const struct percentile *measured, const struct outlook *outlook,
                      size_t index)
{
    const struct replay_range *range = &outlook->ranges[index];
    double predicted = outlook_predicted_ms(outlook, index);
    double low = to_ms(measured->bounded ? measured->low : measured->ns);
    double high = to_ms(measured->bounded ? measured->high : measured->ns);
    return meets(range, low, high) && meets(range, predicted, predicted);
}

/* The likely reason; `gap` is measured minus predicted. */
static const char *reason_of(const struct cell *cell, const struct outlook *outlook, double gap)
{
    if (fabs(outlook->came_each / outlook->input.period - 1) > OUTLOOK_MARGIN)
        return "a window begins with a large request, and windows are so short that this weighs: "
               "fewer --rounds or a longer --duration help";
    if (outlook->hold_max > 1.5 * outlook->input.hold)
        return "the holds differ much in length (the allocator, or a machine short of CPU), and "
               "the formula has one";
    if (cell->has_server && gap > 0 && cell->server.loop_hold.max > 1.1 * outlook->hold_max)
        return "the loop was held longer than the large requests' own stages tell: reading "
               "bodies and freeing memory (the allocator) hold it, too";
    if (gap > 0)
        return "the machine was short of CPU, or the backlog of a hold took long to work off";
    return "holds were shorter or came less often than on average: the client could not send "
           "as planned";
}

static void judge(const struct cell *cell, struct outlook *outlook)
{
    double worst = 0;
    for (size_t i = 0; i < OUTLOOK_PERCENTS; i++) {
        double predicted = outlook_predicted_ms(outlook, i);
        struct percentile found =
            percentile_of(percentile_response(&cell->stats), outlook_percents[i]);
        double measured = to_ms(found.ns);
        if (!found.known || !differs(predicted, measured))
            continue;
        if (is_chance(&found, outlook, i)) {
            if (outlook->verdict == OUTLOOK_AGREES)
                outlook->verdict = OUTLOOK_CANT_TELL;
            continue;
        }
        outlook->verdict = OUTLOOK_DISAGREES;
        if (fabs(measured - predicted) > fabs(worst))
            worst = measured - predicted;
    }
    if (outlook->verdict == OUTLOOK_DISAGREES)
        outlook->reason = reason_of(cell, outlook, worst);
}

int outlook_make(const struct result *result, const struct cell *cell, struct outlook *outlook)
{
    const struct cell *large = only_large(result, cell);
    memset(outlook, 0, sizeof *outlook);
    if (cell->heavy || !large || cell->stats.ok == 0 || cell->traits.one_loop != TRAIT_YES ||
        !gather(large, outlook))
        return 0;
    const struct histogram *idle =
        cell->baseline.ok ? &cell->baseline.response : &cell->stats.response;
    double percent = cell->baseline.ok ? 50 : USUAL_PERCENT;
    outlook->input.idle = (double)histogram_percentile(idle, percent) / (double)NS_PER_MS;
    outlook->predicted = prediction_make(&outlook->input);
    outlook->known = true;
    if (outlook->predicted.overloaded)
        return 0;
    int r = set_ranges(large, outlook);
    if (r == 0)
        judge(cell, outlook);
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
