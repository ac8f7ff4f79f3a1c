/*
 * runner.c: see runner.h. A team (team.h) sends the requests of one class; the
 * runner starts, watches and ends all teams together.
 */
#include "send/runner.h"

#include "base/clock.h"
#include "base/error.h"
#include "send/control.h"
#include "send/machine.h"
#include "send/pulse.h"
#include "send/team.h"

#include <stdlib.h>

#define LEAD_NS (60 * NS_PER_MS) /* between making the last thread and the common start */
#define TICK_NS (200 * NS_PER_MS)
#define DRAIN_TICK_NS (5 * NS_PER_MS)

struct run {
    struct crew crew;
    struct team teams[WINDOW_LOADS_MOST];
    struct pulse pulse;
    int64_t end_ns;
};

static void run_stop(struct run *run)
{
    atomic_store(&run->crew.stop, true);
    for (size_t i = 0; i < run->crew.window->count; i++)
        team_stop(&run->teams[i]);
}

static void show(struct run *run)
{
    struct progress_row rows[WINDOW_LOADS_MOST];
    for (size_t i = 0; i < run->crew.window->count; i++)
        rows[i] = team_progress(&run->teams[i]);
    progress_tick(run->crew.window->progress, rows, run->crew.window->count);
}

/* Lets idle threads go once the time is over and every reply of every class has come. */
static void run_dismiss(struct run *run)
{
    for (size_t i = 0; i < run->crew.window->count; i++) {
        struct team *team = &run->teams[i];
        if (atomic_load(&team->sent) != atomic_load(&team->done))
            return;
    }
    for (size_t i = 0; i < run->crew.window->count; i++)
        gate_finish(&run->teams[i].gate);
}

/* Waits until every thread is through. Returns when the sending ended. */
static int64_t run_watch(struct run *run, bool *interrupted)
{
    const struct window *window = run->crew.window;
    int64_t ended = run->end_ns;
    progress_begin(window->progress, window->title, window->duration_ns);
    while (atomic_load(&run->crew.active)) {
        int64_t now = clock_now_ns();
        int64_t left = run->end_ns - now;
        bool stopping = atomic_load(&run->crew.stop);
        if (stopping)
            clock_sleep_ns(NS_PER_MS);
        else if (control_wait(left <= 0 ? DRAIN_TICK_NS : (left < TICK_NS ? left : TICK_NS)))
            *interrupted = true;
        if (!stopping && (*interrupted || atomic_load(&run->crew.stop))) {
            now = clock_now_ns();
            ended = now < ended ? now : ended;
            run_stop(run);
        }
        if (left <= 0)
            run_dismiss(run);
        show(run);
    }
    progress_end(window->progress);
    return ended;
}

static int run_open(struct run *run)
{
    int64_t start_ns = clock_now_ns() + LEAD_NS;
    run->end_ns = start_ns + run->crew.window->duration_ns;
    for (size_t i = 0; i < run->crew.window->count; i++)
        team_open(&run->teams[i], start_ns, run->end_ns);
    return pulse_start(&run->pulse, start_ns, run->end_ns);
}

/* Each class gets the machine's own lateness, to compare its send lag with. */
static int add_pulse(struct run *run)
{
    int r = 0;
    pulse_finish(&run->pulse);
    for (size_t i = 0; r == 0 && run->pulse.lag.total && i < run->crew.window->count; i++)
        r = histogram_merge(&run->crew.window->loads[i].stats->machine_lag, &run->pulse.lag);
    pulse_deinit(&run->pulse);
    return r;
}

int runner_run(struct window *window)
{
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return -ENOMEM;
    run->crew.window = window;
    run->crew.threads_most = machine_threads_most();
    int r = 0;
    bool interrupted = false;
    for (size_t i = 0; i < window->count; i++)
        team_init(&run->teams[i], &run->crew, &window->loads[i]);
    for (size_t i = 0; r == 0 && i < window->count; i++)
        r = team_start(&run->teams[i]);
    if (r == 0)
        r = run_open(run);
    if (r)
        run_stop(run);
    int64_t ended = run_watch(run, &interrupted);
    window->started_ns = run->end_ns - window->duration_ns;
    window->ended_ns = ended;
    for (size_t i = 0; i < window->count; i++) {
        int code = team_finish(&run->teams[i], ended);
        r = r ? r : code;
    }
    int added = add_pulse(run);
    r = r ? r : added;
    free(run);
    return r ? r : (interrupted ? RUNNER_INTERRUPTED : 0);
}
