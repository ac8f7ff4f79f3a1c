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

#define LEAD_NS (60 * NS_PER_MS) /* between making the last handle and the common start */
#define TICK_NS (200 * NS_PER_MS)
#define DRAIN_TICK_NS (5 * NS_PER_MS)

struct run {
    const struct window *window;
    struct crew crew;
    struct team teams[WINDOW_LOADS_MOST];
    size_t team_count; /* of them that were made */
    struct pulse pulse;
    int64_t end_ns;
};

static void show(struct run *run)
{
    struct progress_row rows[WINDOW_LOADS_MOST];
    for (size_t i = 0; i < run->team_count; i++)
        rows[i] = team_progress(&run->teams[i]);
    progress_tick(run->window->progress, rows, run->team_count);
}

/* Waits until every thread is through. Returns when the sending ended. */
static int64_t run_watch(struct run *run, bool *interrupted)
{
    const struct window *window = run->window;
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
            crew_stop(&run->crew);
        }
        show(run);
    }
    progress_end(window->progress);
    return ended;
}

static int run_open(struct run *run)
{
    int64_t start_ns = clock_now_ns() + LEAD_NS;
    run->end_ns = start_ns + run->window->duration_ns;
    int r = pulse_start(&run->pulse, start_ns, run->end_ns);
    for (size_t i = 0; r == 0 && i < run->window->count; i++)
        r = team_open(&run->teams[i], start_ns, run->end_ns);
    return r;
}

/* Each class gets the machine's own lateness, to compare its lags with. */
static int add_pulse(struct run *run)
{
    int r = 0;
    pulse_finish(&run->pulse);
    for (size_t i = 0; r == 0 && run->pulse.lag.total && i < run->window->count; i++)
        r = histogram_merge(&run->window->loads[i].stats->machine_lag, &run->pulse.lag);
    pulse_deinit(&run->pulse);
    return r;
}

/* Makes all teams. Their threads start when all are there. */
static int run_init(struct run *run, struct window *window)
{
    unsigned senders = 0;
    run->window = window;
    int r = crew_init(&run->crew);
    for (size_t i = 0; r == 0 && i < window->count; i++) {
        run->team_count = i + 1;
        r = team_init(&run->teams[i], window, &window->loads[i], &run->crew);
        senders += run->teams[i].count;
    }
    run->crew.connections_most = machine_connections_most(senders * TEAM_SENDER_FILES);
    return r;
}

static int run_finish(struct run *run, int64_t ended_ns)
{
    int r = 0;
    for (size_t i = 0; i < run->team_count; i++) {
        int code = team_finish(&run->teams[i], ended_ns);
        r = r ? r : code;
    }
    crew_deinit(&run->crew);
    return r;
}

int runner_run(struct window *window)
{
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return -ENOMEM;
    bool interrupted = false;
    int r = run_init(run, window);
    if (r == 0)
        r = run_open(run);
    if (r)
        crew_stop(&run->crew);
    int64_t ended = run_watch(run, &interrupted);
    window->started_ns = run->end_ns - window->duration_ns;
    window->ended_ns = ended;
    int finished = run_finish(run, ended);
    r = r ? r : finished;
    int added = add_pulse(run);
    r = r ? r : added;
    free(run);
    return r ? r : (interrupted ? RUNNER_INTERRUPTED : 0);
}
