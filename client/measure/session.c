/* session.c: see session.h. */
#include "measure/session.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "plan/secret.h"
#include "send/runner.h"
#include "send/trial.h"

#include <stdio.h>

bool session_has_baseline(const struct workload *workload)
{
    return workload->options->baseline && workload_has_baseline(workload);
}

/* One connection that pauses after each reply, as long as the class plans between two. */
static void closed_loop_init(struct traffic_class *closed_loop, const struct traffic_class *class)
{
    *closed_loop = *class;
    snprintf(closed_loop->name, sizeof closed_loop->name, "%.20s-closed", class->name);
    closed_loop->arrival = ARRIVAL_CLOSED;
    closed_loop->connections = 1;
}

/* Where a class's requests go. */
static const char *endpoint_of(const struct session *session, size_t class)
{
    const char *own = session->workload->options->classes[class].endpoint;
    return own[0] ? own : session->endpoint;
}

void session_init(struct session *session, const char *label, const char *endpoint, size_t subject)
{
    const struct options *options = session->workload->options;
    session->endpoint = endpoint;
    if (!session->headers)
        session->headers = options->headers;
    for (size_t i = 0; i < options->class_count; i++) {
        const struct traffic_class *class = &options->classes[i];
        struct cell *cell = &session->cells[i];
        cell->class = class;
        cell->subject = subject;
        cell->body_bytes = session->workload->bodies[i].mean_bytes;
        cell->heavy = session->workload->heavy[i];
        cell->has_baseline = session_has_baseline(session->workload) && !cell->heavy;
        snprintf(cell->label, sizeof cell->label, "%s", label);
        snprintf(cell->endpoint, sizeof cell->endpoint, "%s", endpoint_of(session, i));
        secret_hide(cell->endpoint, sizeof cell->endpoint);
        session->next_id[i] = 1;
        closed_loop_init(&session->closed_loops[i], class);
    }
    session->next_closed_loop_id = 1;
}

static size_t class_index(const struct session *session, const struct traffic_class *class)
{
    return (size_t)(class - session->workload->options->classes);
}

/* What a warm-up is recorded in: a class's threads share statistics, classes do not. */
struct scratch {
    struct class_stats stats[CLASS_MOST];
};

static void scratch_deinit(struct scratch *scratch)
{
    for (size_t i = 0; i < CLASS_MOST; i++)
        class_stats_deinit(&scratch->stats[i]);
}

/* Where a class is recorded in this window. NULL without memory. */
static struct class_stats *begin(struct session *session, const struct session_window *window,
                                 struct scratch *scratch, size_t class)
{
    if (!window->warm_up)
        return cell_begin_window(&session->cells[class], window->round, window->alone);
    return class_stats_init(&scratch->stats[class]) ? NULL : &scratch->stats[class];
}

/*
 * For how long a large class sends before the window begins: a random part of
 * its period, so that windows begin at any moment of it. One that always began
 * with a large request would see more of them than the steady state has.
 */
static int64_t lead_of(const struct session *session, const struct session_window *window,
                       size_t index)
{
    const struct cell *cell = &session->cells[index];
    bool several = session->workload->options->rounds > 1;
    if (!cell->heavy || window->warm_up || !(several || session_has_baseline(session->workload)))
        return 0;
    int64_t period = cell->class->interval_ns;
    if (!class_is_open(cell->class))
        period += session->service_ns[index];
    uint64_t random = session->workload->options->seed ^ ((uint64_t)window->round << 32) ^
                      ((uint64_t)cell->subject << 16) ^ index;
    return (int64_t)(random_unit(&random) * (double)period);
}

/* Describes the classes that run. Returns how many, or -ENOMEM. */
static int fill_loads(struct session *session, const struct session_window *window,
                      struct scratch *scratch, struct load *loads)
{
    const struct options *options = session->workload->options;
    int count = 0;
    for (size_t i = 0; i < options->class_count; i++) {
        struct cell *cell = &session->cells[i];
        if (window->alone && cell->heavy)
            continue;
        struct class_stats *stats = begin(session, window, scratch, i);
        if (!stats)
            return -ENOMEM;
        struct timeline *timeline =
            window->warm_up ? NULL : &cell->windows[cell->window_count - 1].timeline;
        bool sampled = (session->sampled || options->format == FORMAT_CSV) && !window->warm_up;
        loads[count++] = (struct load){
            .class = cell->class,
            .endpoint = endpoint_of(session, i),
            .bodies = &session->workload->bodies[i],
            .first_id = session->next_id[i],
            .lead_ns = lead_of(session, window, i),
            .stats = stats,
            .samples = sampled ? &cell->samples : NULL,
            .failures = window->warm_up ? NULL : &cell->failures,
            .trace = window->alone || window->warm_up ? NULL : &cell->trace,
            .timeline = timeline,
            .by_send = cell->heavy,
        };
    }
    return count;
}

/* Adds the closed loops of the exhibit. Returns how many loads there are now. */
static int fill_closed_loops(const struct session *session, struct load *loads, int count)
{
    for (int i = 0, real = count; i < real; i++) {
        size_t index = class_index(session, loads[i].class);
        struct cell *cell = &session->cells[index];
        if (cell->heavy || !class_is_open(cell->class))
            continue;
        loads[count] = loads[i];
        loads[count].class = &session->closed_loops[index];
        loads[count].first_id = session->next_closed_loop_id;
        loads[count].stats = &cell->closed_loop;
        loads[count].samples = NULL;
        loads[count].failures = NULL;
        loads[count].timeline = NULL;
        loads[count++].trace = NULL;
    }
    return count;
}

/*
 * Closes the window in the cells and lets the ids go on; closed loops come after `real` loads. One
 * that ended in what leads it has measured nothing: the cells have no window of it.
 */
static int settle(struct session *session, const struct window *run, size_t real, bool kept)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < real; i++) {
        size_t index = class_index(session, run->loads[i].class);
        session->next_id[index] += run->loads[i].planned;
        if (run->loads[i].stats->service.total)
            session->service_ns[index] = (int64_t)histogram_mean(&run->loads[i].stats->service);
        if (kept && run->ended_ns > run->started_ns)
            r = cell_end_window(&session->cells[index], run);
        else if (kept)
            cell_drop_window(&session->cells[index]);
    }
    for (size_t i = real; i < run->count; i++)
        session->next_closed_loop_id += run->loads[i].planned;
    return r;
}

/* Runs a window and counts its length and cost. Returns as runner_run does. */
static int measure(struct result *result, struct window *window)
{
    int64_t started = clock_now_ns();
    int64_t cpu = clock_process_cpu_ns();
    int r = runner_run(window);
    result->measured_ns += clock_now_ns() - started;
    result->cpu_ns += clock_process_cpu_ns() - cpu;
    return r;
}

static struct window describe(const struct session *session, const struct session_window *window,
                              struct load *loads, int count)
{
    const struct options *options = session->workload->options;
    return (struct window){
        .target = session->target,
        .headers = session->headers,
        .loads = loads,
        .count = (size_t)count,
        .duration_ns = window->duration_ns,
        .timeout_ns = options->timeout_ns,
        .keepalive = session->keepalive,
        .progress = session->progress,
        .number = window->number,
        .seed = options->seed,
        .title = window->title,
        .begun = window->begun,
        .context = window->context,
        .watch = window->watch,
        .watched = window->watched,
    };
}

int session_try(struct session *session, const struct session_window *window,
                const struct cell **cell, struct failure *failure)
{
    struct load loads[WINDOW_LOADS_MOST];
    CLEANUP(scratch_deinit)
    struct scratch scratch = {0};
    int count = fill_loads(session, window, &scratch, loads);
    int r = count < 0 ? count : 0;
    const struct window run = describe(session, window, loads, count);
    *cell = NULL;
    for (int i = 0; r == 0 && !*cell && i < count; i++) {
        struct trial trial = {.good = false};
        r = trial_run(&run, &loads[i], &trial);
        *failure = trial.failure;
        if (r == 0 && !trial.good)
            *cell = &session->cells[class_index(session, loads[i].class)];
    }
    return r;
}

void session_tell_trial(const struct session *session, const struct cell *cell,
                        const struct failure *failure, struct buffer *out)
{
    buffer_append_format(out, "one request of class %s to ", cell->class->name);
    target_append_url(session->target, cell->endpoint, out);
    buffer_append_format(out, " was tried: %s%s%s", failure->words, failure->body[0] ? ": " : "",
                         failure->body);
}

int session_measure(struct session *session, const struct session_window *window)
{
    struct load loads[WINDOW_LOADS_MOST];
    CLEANUP(scratch_deinit)
    struct scratch scratch = {0};
    int real = fill_loads(session, window, &scratch, loads);
    if (real < 0)
        return real;
    bool has_exhibit = session->workload->options->exhibit && !window->alone && !window->warm_up;
    struct window run = describe(session, window, loads,
                                 has_exhibit ? fill_closed_loops(session, loads, real) : real);
    int r = window->warm_up ? runner_run(&run) : measure(session->result, &run);
    int settled = r < 0 ? 0 : settle(session, &run, (size_t)real, !window->warm_up);
    return settled ? settled : r;
}
