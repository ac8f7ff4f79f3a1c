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
    uint64_t good;    /* replies, when there was one more */
    uint64_t refused; /* connections, at that time */
    int64_t good_ns;
};

/* Shows how far it is. Returns whether the window is to end. */
static bool look(struct run *run)
{
    struct progress_row rows[WINDOW_LOADS_MOST];
    uint64_t good = 0;
    uint64_t refused = 0;
    int64_t now = clock_now_ns();
    for (size_t i = 0; i < run->team_count; i++) {
        rows[i] = team_progress(&run->teams[i]);
        good += rows[i].sent - rows[i].waiting - rows[i].failed;
        refused += rows[i].refused;
    }
    progress_tick(run->window->progress, rows, run->team_count);
    if (good != run->good || run->good_ns == 0) {
        run->good = good;
        run->refused = refused;
        run->good_ns = now;
    }
    int64_t refused_ns = refused > run->refused ? now - run->good_ns : 0;
    return run->window->watch && run->window->watch(run->window->watched, refused_ns);
}

/* Waits until every thread is through. Returns when the sending ended. */
static int64_t run_watch(struct run *run, int *early)
{
    const struct window *window = run->window;
    int64_t ended = run->end_ns;
    int64_t start_ns = run->end_ns - window->duration_ns;
    bool begun = window->begun == NULL;
    progress_begin(window->progress, window->title, window->duration_ns);
    while (atomic_load(&run->crew.active)) {
        int64_t now = clock_now_ns();
        if (!begun && now >= start_ns) {
            begun = true;
            window->begun(window->context);
        }
        int64_t left = (begun ? run->end_ns : start_ns) - now;
        bool stopping = atomic_load(&run->crew.stop);
        if (stopping)
            clock_sleep_ns(NS_PER_MS);
        else if (control_wait(left <= 0 ? DRAIN_TICK_NS : (left < TICK_NS ? left : TICK_NS)))
            *early = RUNNER_INTERRUPTED;
        else if (look(run))
            *early = RUNNER_STOPPED;
        if (!stopping && (*early || atomic_load(&run->crew.stop))) {
            now = clock_now_ns();
            ended = now < ended ? now : ended;
            crew_stop(&run->crew);
        }
    }
    progress_end(window->progress);
    return ended;
}

static int run_open(struct run *run)
{
    int64_t lead_ns = 0;
    for (size_t i = 0; i < run->window->count; i++)
        lead_ns = run->window->loads[i].lead_ns > lead_ns ? run->window->loads[i].lead_ns : lead_ns;
    int64_t start_ns = clock_now_ns() + LEAD_NS + lead_ns;
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
    int early = 0;
    int r = run_init(run, window);
    if (r == 0)
        r = run_open(run);
    if (r)
        crew_stop(&run->crew);
    int64_t ended = run_watch(run, &early);
    window->started_ns = run->end_ns - window->duration_ns;
    window->ended_ns = ended;
    int finished = run_finish(run, ended);
    r = r ? r : finished;
    int added = add_pulse(run);
    r = r ? r : added;
    free(run);
    return r ? r : early;
}
