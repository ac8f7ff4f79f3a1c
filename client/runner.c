/*
 * runner.c: see runner.h. A team is the threads of one class; a worker is one
 * of them, with its own libcurl handle, histograms and samples.
 */
#include "runner.h"

#include "base/clock.h"
#include "base/error.h"
#include "control.h"
#include "gate.h"
#include "transfer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define STACK_SIZE ((size_t)256 << 10)
#define LEAD_NS (60 * NS_PER_MS) /* from the last thread made to the common start */
#define TICK_NS (200 * NS_PER_MS)
#define DRAIN_TICK_NS (5 * NS_PER_MS)

struct team;

struct worker {
    struct team *team;
    pthread_t thread;
    struct transfer transfer;
    struct class_stats stats;
    struct samples samples;
    bool ready;  /* under the team's gate lock: transfer may be woken */
    int failure; /* negative errno */
};

struct team {
    struct run *run;
    struct load *load;
    struct transfer_config config;
    struct gate gate;
    struct worker *workers;
    int64_t *offsets; /* of a plan that is not periodic */
    uint64_t offset_count;
    unsigned started; /* threads made */
    atomic_uint_fast64_t sent;
    atomic_uint_fast64_t done;
    atomic_uint_fast64_t failed;
};

struct run {
    const struct window *window;
    struct team teams[RUNNER_LOADS_MOST];
    atomic_bool stop;
    atomic_uint active;
    int64_t end_ns;
};

/* A handle and histograms are made when a thread is first needed, before it sleeps. */
static int worker_prepare(struct worker *worker)
{
    if (worker->ready)
        return 0;
    int r = class_stats_init(&worker->stats);
    if (r == 0)
        r = transfer_init(&worker->transfer, &worker->team->config);
    pthread_mutex_lock(&worker->team->gate.lock);
    worker->ready = r == 0;
    pthread_mutex_unlock(&worker->team->gate.lock);
    if (r) {
        worker->failure = r;
        atomic_store(&worker->team->run->stop, true);
    }
    return r;
}

/* Sends one request and records it. Returns when its reply ended. */
static int64_t worker_send(struct worker *worker, uint64_t index, int64_t planned_ns)
{
    struct team *team = worker->team;
    const struct load *load = team->load;
    struct sample row = {.id = load->first_id + index,
                         .window = team->run->window->number,
                         .planned_ns = planned_ns};
    atomic_fetch_add_explicit(&team->sent, 1, memory_order_relaxed);
    row.outcome = transfer_run(&worker->transfer, row.id);
    class_stats_record(&worker->stats, planned_ns, &row.outcome);
    if (load->trace && row.outcome.kind == OUTCOME_OK)
        trace_add(load->trace, row.id, planned_ns, &row.outcome);
    if (load->samples && samples_add(&worker->samples, &row))
        worker->failure = -ENOMEM;
    if (row.outcome.kind != OUTCOME_OK)
        atomic_fetch_add_explicit(&team->failed, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&team->done, 1, memory_order_relaxed);
    return row.outcome.end_ns;
}

static void worker_open(struct worker *worker)
{
    struct gate *gate = &worker->team->gate;
    uint64_t index;
    while (gate_take(gate, &index)) {
        int64_t planned = schedule_time(&gate->schedule, index);
        if (worker_prepare(worker) || !gate_pass(gate, planned))
            return;
        worker_send(worker, index, planned);
    }
}

static void worker_closed(struct worker *worker)
{
    struct gate *gate = &worker->team->gate;
    uint64_t index;
    if (worker_prepare(worker) || !gate_await(gate))
        return;
    int64_t planned = gate->schedule.start_ns;
    while (gate_pause(gate, planned, &index)) {
        int64_t end = worker_send(worker, index, planned);
        planned = end + worker->team->load->class->interval_ns;
    }
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    if (class_is_open(worker->team->load->class))
        worker_open(worker);
    else
        worker_closed(worker);
    worker->stats.cpu_ns = clock_thread_cpu_ns();
    atomic_fetch_sub(&worker->team->run->active, 1);
    return NULL;
}

static void team_init(struct team *team, struct run *run, struct load *load)
{
    const struct window *window = run->window;
    team->run = run;
    team->load = load;
    team->config = (struct transfer_config){
        .target = window->target,
        .name = load->class->name,
        .endpoint = load->endpoint,
        .body = load->body,
        .body_length = load->body_length,
        .headers = window->headers,
        .timeout_ns = window->timeout_ns,
        .keepalive = window->keepalive,
        .stop = &run->stop,
    };
    gate_init(&team->gate);
}

/* Every class and window has arrivals of its own, and the same in every run of a seed. */
static int team_plan(struct team *team)
{
    const struct window *window = team->run->window;
    const struct traffic_class *class = team->load->class;
    uint64_t seed = window->seed ^ ((uint64_t)window->number << 32);
    if (class->arrival != ARRIVAL_POISSON)
        return 0;
    for (const char *name = class->name; *name; name++)
        seed = (seed ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return schedule_make_poisson(class->interval_ns, window->duration_ns, seed, &team->offsets,
                                 &team->offset_count);
}

static int team_start(struct team *team, const pthread_attr_t *attributes)
{
    unsigned count = team->load->class->connections;
    int r = team_plan(team);
    if (r)
        return r;
    team->workers = calloc(count, sizeof *team->workers);
    if (!team->workers)
        return -ENOMEM;
    for (; team->started < count; team->started++) {
        struct worker *worker = &team->workers[team->started];
        worker->team = team;
        atomic_fetch_add(&team->run->active, 1);
        int code = pthread_create(&worker->thread, attributes, worker_main, worker);
        if (code) {
            atomic_fetch_sub(&team->run->active, 1);
            return -code;
        }
    }
    return 0;
}

static void run_stop(struct run *run)
{
    atomic_store(&run->stop, true);
    for (size_t i = 0; i < run->window->count; i++) {
        struct team *team = &run->teams[i];
        gate_stop(&team->gate);
        pthread_mutex_lock(&team->gate.lock);
        for (unsigned w = 0; w < team->started; w++) {
            if (team->workers[w].ready)
                transfer_wake(&team->workers[w].transfer);
        }
        pthread_mutex_unlock(&team->gate.lock);
    }
}

static void show(struct run *run)
{
    struct progress_row rows[RUNNER_LOADS_MOST];
    for (size_t i = 0; i < run->window->count; i++) {
        struct team *team = &run->teams[i];
        uint64_t done = atomic_load_explicit(&team->done, memory_order_relaxed);
        uint64_t sent = atomic_load_explicit(&team->sent, memory_order_relaxed);
        rows[i] = (struct progress_row){
            .name = team->load->class->name,
            .sent = sent,
            .failed = atomic_load_explicit(&team->failed, memory_order_relaxed),
            .waiting = sent > done ? sent - done : 0,
        };
    }
    progress_tick(run->window->progress, rows, run->window->count);
}

/* Lets idle threads go once the time is over and every reply of every class has come. */
static void run_dismiss(struct run *run)
{
    for (size_t i = 0; i < run->window->count; i++) {
        struct team *team = &run->teams[i];
        if (atomic_load(&team->sent) != atomic_load(&team->done))
            return;
    }
    for (size_t i = 0; i < run->window->count; i++)
        gate_finish(&run->teams[i].gate);
}

/* Waits until every thread is through. Returns when the sending ended. */
static int64_t run_watch(struct run *run, bool *interrupted)
{
    const struct window *window = run->window;
    int64_t ended = run->end_ns;
    progress_begin(window->progress, window->title, window->duration_ns);
    while (atomic_load(&run->active)) {
        int64_t now = clock_now_ns();
        int64_t left = run->end_ns - now;
        bool stopping = atomic_load(&run->stop);
        if (stopping)
            clock_sleep_ns(NS_PER_MS);
        else if (control_wait(left <= 0 ? DRAIN_TICK_NS : (left < TICK_NS ? left : TICK_NS)))
            *interrupted = true;
        if (!stopping && (*interrupted || atomic_load(&run->stop))) {
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

static void run_open(struct run *run)
{
    struct schedule plan = {.start_ns = clock_now_ns() + LEAD_NS};
    plan.end_ns = plan.start_ns + run->window->duration_ns;
    run->end_ns = plan.end_ns;
    for (size_t i = 0; i < run->window->count; i++) {
        plan.interval_ns = run->teams[i].load->class->interval_ns;
        plan.offsets = run->teams[i].offsets;
        plan.count = run->teams[i].offset_count;
        gate_open(&run->teams[i].gate, &plan);
    }
}

/* Joins a team's threads, adds up what they did and frees them. */
static int team_finish(struct team *team, int64_t ended_ns)
{
    struct load *load = team->load;
    struct class_stats *stats = load->stats;
    int r = 0;
    for (unsigned w = 0; w < team->started; w++) {
        struct worker *worker = &team->workers[w];
        pthread_join(worker->thread, NULL);
        if (r == 0)
            r = worker->failure;
        if (worker->ready && r == 0)
            r = class_stats_merge(stats, &worker->stats);
        else
            stats->cpu_ns += worker->stats.cpu_ns;
        if (load->samples && r == 0)
            r = samples_merge(load->samples, &worker->samples);
        transfer_deinit(&worker->transfer);
        class_stats_deinit(&worker->stats);
        samples_deinit(&worker->samples);
    }
    bool open = class_is_open(load->class);
    uint64_t sent = atomic_load(&team->sent);
    uint64_t planned = open ? schedule_count(&team->gate.schedule, ended_ns) : sent;
    load->planned = planned > sent ? planned : sent;
    stats->planned += load->planned;
    free(team->workers);
    free(team->offsets);
    gate_deinit(&team->gate);
    return r;
}

int runner_run(struct window *window)
{
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return -ENOMEM;
    run->window = window;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    int r = 0;
    bool interrupted = false;
    for (size_t i = 0; i < window->count; i++)
        team_init(&run->teams[i], run, &window->loads[i]);
    for (size_t i = 0; r == 0 && i < window->count; i++)
        r = team_start(&run->teams[i], &attributes);
    pthread_attr_destroy(&attributes);
    if (r)
        run_stop(run);
    else
        run_open(run);
    int64_t ended = run_watch(run, &interrupted);
    window->started_ns = run->end_ns - window->duration_ns;
    window->ended_ns = ended;
    for (size_t i = 0; i < window->count; i++) {
        int code = team_finish(&run->teams[i], ended);
        r = r ? r : code;
    }
    free(run);
    return r ? r : (interrupted ? RUNNER_INTERRUPTED : 0);
}
