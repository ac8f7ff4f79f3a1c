/*
 * replay.c: see replay.h. What a request would wait at a moment falls from one
 * arrival to the next, so a run is a list of slopes; the time that lies above
 * a wait is a sum over them, and a percentile is where that sum is its share.
 */
#include "analysis/replay.h"

#include "base/error.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>

enum { RUNS = 400, HALVINGS = 40 };
#define TAIL 0.025
/* Beyond so many slopes a run no longer spreads for want of large requests. */
#define SLOPES_MOST 8192

/* From `top` the wait falls to `bottom`, a ms each ms. */
struct slope {
    double top;
    double bottom;
};

struct run {
    const struct replay *replay;
    uint64_t random;
    struct slope *slopes;
    size_t count;
    double length; /* of all windows */
};

static double draw_hold(struct run *run)
{
    const struct replay *replay = run->replay;
    return replay->holds[random_next(&run->random) % replay->hold_count];
}

static double mean_hold(const struct replay *replay)
{
    double sum = 0;
    for (size_t i = 0; i < replay->hold_count; i++)
        sum += replay->holds[i];
    return sum / (double)replay->hold_count;
}

/* From one arrival to the next. */
static double draw_gap(struct run *run, double hold, double pause)
{
    const struct replay *replay = run->replay;
    if (replay->arrival == REPLAY_POISSON)
        return -log(random_unit(&run->random)) * replay->period;
    return replay->arrival == REPLAY_PERIODIC ? replay->period : hold + pause;
}

static void run_window(struct run *run, double length, double pause)
{
    double at = run->replay->anywhere ? -random_unit(&run->random) * run->replay->period : 0;
    at += run->replay->arrival == REPLAY_POISSON ? draw_gap(run, 0, 0) : 0;
    double wait = 0;
    while (at < length && run->count < SLOPES_MOST) {
        double hold = draw_hold(run);
        double gap = fmax(draw_gap(run, hold, pause), 1e-3);
        double until = fmin(gap, length - at); /* all counted from the arrival */
        double from = fmax(0, -at);
        wait += hold;
        if (from < until)
            run->slopes[run->count++] = (struct slope){fmax(0, wait - from), fmax(0, wait - until)};
        wait = fmax(0, wait - gap);
        at += gap;
    }
    run->length += length;
}

static double time_above(const struct run *run, double wait)
{
    double sum = 0;
    for (size_t i = 0; i < run->count; i++)
        sum += fmax(0, run->slopes[i].top - fmax(run->slopes[i].bottom, wait));
    return sum;
}

static double percentile(const struct run *run, double share)
{
    double beyond = (1 - share) * run->length;
    double low = 0;
    double high = 0;
    for (size_t i = 0; i < run->count; i++)
        high = fmax(high, run->slopes[i].top);
    if (time_above(run, 0) <= beyond)
        return 0;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (time_above(run, middle) > beyond)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Repeats the run; values[share * RUNS + run]. */
static void repeat(struct run *run, const double *shares, size_t count, double *values)
{
    const struct replay *replay = run->replay;
    double pause = fmax(0, replay->period - mean_hold(replay));
    for (size_t i = 0; i < RUNS; i++) {
        run->count = 0;
        run->length = 0;
        for (size_t w = 0; w < replay->window_count && run->count < SLOPES_MOST; w++)
            run_window(run, replay->windows[w], pause);
        for (size_t s = 0; s < count; s++)
            values[s * RUNS + i] = percentile(run, shares[s]);
    }
}

int replay_run(const struct replay *replay, const double *shares, size_t count,
               struct replay_range *ranges)
{
    struct run run = {.replay = replay, .random = 1};
    double *values = calloc(count * RUNS + 1, sizeof *values);
    run.slopes = calloc(SLOPES_MOST, sizeof *run.slopes);
    int r = values && run.slopes ? 0 : -ENOMEM;
    if (r == 0)
        repeat(&run, shares, count, values);
    for (size_t s = 0; r == 0 && s < count; s++) {
        double *column = values + s * RUNS;
        size_t cut = (size_t)(TAIL * RUNS);
        qsort(column, RUNS, sizeof *column, compare_doubles);
        ranges[s] = (struct replay_range){column[cut], column[RUNS / 2], column[RUNS - 1 - cut]};
    }
    free(values);
    free(run.slopes);
    return r;
}
