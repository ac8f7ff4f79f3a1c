/* outlook.c: see outlook.h. */
#include "outlook.h"

#include "base/clock.h"
#include "base/error.h"
#include "percentile.h"
#include "report.h"
#include "result.h"

#include <math.h>
#include <string.h>

/* With fewer large requests chance decides how many small ones meet a hold. */
#define LARGES_LEAST 10
#define USUAL_PERCENT 10.0

static const double percents[] = {50, 90, 99};

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

void outlook_make(const struct result *result, struct cell *cell)
{
    struct outlook *outlook = &cell->outlook;
    const struct cell *large = only_large(result, cell);
    memset(outlook, 0, sizeof *outlook);
    if (cell->heavy || !large || cell->stats.ok == 0 || !cell_is_one_loop(cell) ||
        !gather(large, outlook))
        return;
    const struct histogram *idle =
        cell->baseline.ok ? &cell->baseline.response : &cell->stats.response;
    double percent = cell->baseline.ok ? 50 : USUAL_PERCENT;
    outlook->input.idle = (double)histogram_percentile(idle, percent) / (double)NS_PER_MS;
    outlook->predicted = prediction_make(&outlook->input);
    outlook->known = true;
}

static double measured_ms(const struct cell *cell, double percent)
{
    return (double)histogram_percentile(&cell->stats.response, percent) / (double)NS_PER_MS;
}

static bool differs(double predicted, double measured)
{
    double gap = fabs(measured - predicted);
    return gap > OUTLOOK_LEAST_MS && gap > OUTLOOK_MARGIN * fmax(predicted, measured);
}

const char *outlook_disagreement(const struct cell *cell)
{
    const struct outlook *outlook = &cell->outlook;
    const double predicted[] = {outlook->predicted.p50, outlook->predicted.p90,
                                outlook->predicted.p99};
    double worst = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(percents); i++) {
        double measured = measured_ms(cell, percents[i]);
        bool told = percentile_is_known(cell->stats.response.total, percents[i]);
        if (told && differs(predicted[i], measured) && fabs(measured - predicted[i]) > fabs(worst))
            worst = measured - predicted[i];
    }
    if (worst == 0)
        return NULL;
    if (outlook->larges < LARGES_LEAST)
        return "few large requests were measured, so chance weighs much: run longer";
    if (fabs(outlook->came_each / outlook->input.period - 1) > OUTLOOK_MARGIN)
        return "a window begins with a large request, and windows are so short that this weighs: "
               "fewer --rounds or a longer --duration help";
    if (outlook->hold_max > 1.5 * outlook->input.hold)
        return "the holds differ much in length (the allocator, or a machine short of CPU), and "
               "the formula has one";
    if (cell->has_server && worst > 0 && cell->server.loop_hold.max > 1.1 * outlook->hold_max)
        return "the loop was held longer than the large requests' own stages tell: reading "
               "bodies and freeing memory (the allocator) hold it, too";
    if (worst > 0)
        return "the machine was short of CPU, or the backlog of a hold took long to work off";
    return "holds were shorter or came less often than on average: the client could not send "
           "as planned";
}

static int tell_percentile(const struct cell *cell, double percent, double predicted,
                           struct buffer *out)
{
    char texts[2][REPORT_MS_SIZE];
    bool told = percentile_is_known(cell->stats.response.total, percent);
    report_format_ms(predicted, texts[0]);
    report_format_ms(measured_ms(cell, percent), texts[1]);
    return buffer_append_format(out, "%sp%g %s, %s", percent > 50 ? "; " : "", percent, texts[0],
                                told ? texts[1] : "-");
}

int outlook_tell(const struct cell *cell, struct buffer *out)
{
    const struct outlook *outlook = &cell->outlook;
    const struct prediction *p = &outlook->predicted;
    char hold[REPORT_MS_SIZE];
    char period[REPORT_MS_SIZE];
    if (!outlook->known)
        return 0;
    report_format_ms(outlook->input.hold, hold);
    report_format_ms(outlook->input.period, period);
    int r = buffer_append_format(
        out, "%s %s: a large request holds the loop for %s ms, %s every %s ms: %.0f %% of the time",
        cell->mode, cell->endpoint, hold, outlook->input.poisson ? "at random, on average" : "one",
        period, 100 * p->share);
    if (r == 0 && p->overloaded)
        return buffer_append_text(out, ". The large requests alone are more than one loop can "
                                       "do: waits grow for as long as the load lasts.\n");
    if (r == 0)
        r = buffer_append_format(out, "; %s predicted and measured, in ms: ", cell->class->name);
    const double predicted[] = {p->p50, p->p90, p->p99};
    for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(percents); i++)
        r = tell_percentile(cell, percents[i], predicted[i], out);
    const char *reason = outlook_disagreement(cell);
    if (r == 0 && reason)
        return buffer_append_format(out, ". They disagree; likely because %s.\n", reason);
    return r ? r : buffer_append_text(out, ".\n");
}
