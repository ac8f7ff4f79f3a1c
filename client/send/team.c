/* team.c: see team.h. A worker is one thread of a team. */
#include "send/team.h"

#include "base/clock.h"
#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* libcurl's deepest calls, a TLS handshake among them, take less than a third of this. */
#define STACK_SIZE ((size_t)128 << 10)
/* There are spare threads for a stall of this length; the maker has half of it to make more. */
#define RESERVE_S 1.0
#define RESERVE_LEAST 8
#define RESERVE_MOST 1024

enum { THREAD_NAME_SIZE = 16 }; /* that the kernel keeps */

struct worker {
    struct worker *next;
    struct team *team;
    pthread_t thread;
    unsigned number; /* from 1 */
    struct gate_seat seat;
    struct transfer transfer;
    struct samples samples;
    int64_t cpu_ns;
    bool ready;  /* under the gate's lock: transfer may be woken */
    int failure; /* negative errno */
};

static unsigned reserve_of(const struct traffic_class *class)
{
    if (!class_is_open(class))
        return 0;
    double wanted = ceil(RESERVE_S * (double)NS_PER_S / (double)class->interval_ns);
    wanted = fmin(fmax(wanted, RESERVE_LEAST), RESERVE_MOST);
    return (unsigned)fmin(wanted, class->connections);
}

void team_init(struct team *team, struct crew *crew, struct load *load)
{
    const struct window *window = crew->window;
    team->crew = crew;
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
        .stop = &crew->stop,
    };
    pthread_mutex_init(&team->record, NULL);
    gate_init(&team->gate, reserve_of(load->class));
}

/* "small-17": a long class name is cut, never the number. */
static void name_thread(const char *class, unsigned number)
{
    char digits[THREAD_NAME_SIZE];
    char name[THREAD_NAME_SIZE + CLASS_NAME_SIZE];
    int length = snprintf(digits, sizeof digits, "-%u", number);
    snprintf(name, sizeof name, "%.*s%s", THREAD_NAME_SIZE - 1 - length, class, digits);
    pthread_setname_np(pthread_self(), name);
}

/* A handle is made when a thread is first needed, before it sleeps. */
static int worker_prepare(struct worker *worker)
{
    struct team *team = worker->team;
    if (worker->ready)
        return 0;
    int r = transfer_init(&worker->transfer, &team->config);
    pthread_mutex_lock(&team->gate.lock);
    worker->ready = r == 0;
    pthread_mutex_unlock(&team->gate.lock);
    if (r) {
        worker->failure = r;
        atomic_store(&team->crew->stop, true);
    }
    return r;
}

static void worker_record(struct worker *worker, const struct sample *row)
{
    struct team *team = worker->team;
    const struct load *load = team->load;
    pthread_mutex_lock(&team->record);
    class_stats_record(load->stats, row->planned_ns, &row->outcome);
    pthread_mutex_unlock(&team->record);
    if (load->trace && row->outcome.kind == OUTCOME_OK)
        trace_add(load->trace, row->id, row->planned_ns, &row->outcome);
    if (load->samples && samples_add(&worker->samples, row))
        worker->failure = -ENOMEM;
    if (row->outcome.kind != OUTCOME_OK)
        atomic_fetch_add_explicit(&team->failed, 1, memory_order_relaxed);
}

/* Sends one request and records it. Returns when its reply ended. */
static int64_t worker_send(struct worker *worker, uint64_t index, int64_t planned_ns)
{
    struct team *team = worker->team;
    struct sample row = {.id = team->load->first_id + index,
                         .window = team->crew->window->number,
                         .planned_ns = planned_ns};
    atomic_fetch_add_explicit(&team->sent, 1, memory_order_relaxed);
    row.outcome = transfer_run(&worker->transfer, row.id);
    worker_record(worker, &row);
    atomic_fetch_add_explicit(&team->done, 1, memory_order_relaxed);
    return row.outcome.end_ns;
}

static void worker_open(struct worker *worker)
{
    struct gate *gate = &worker->team->gate;
    uint64_t index;
    while (gate_take(gate, &worker->seat, &index)) {
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
    struct team *team = worker->team;
    name_thread(team->load->class->name, worker->number);
    if (class_is_open(team->load->class))
        worker_open(worker);
    else
        worker_closed(worker);
    worker->cpu_ns = clock_thread_cpu_ns();
    atomic_fetch_sub(&team->crew->active, 1);
    return NULL;
}

static int start_thread(pthread_t *thread, void *(*run)(void *), void *argument)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    int code = pthread_create(thread, &attributes, run, argument);
    pthread_attr_destroy(&attributes);
    return -code;
}

static void set_workers(struct team *team, struct worker *workers)
{
    pthread_mutex_lock(&team->gate.lock);
    team->workers = workers;
    pthread_mutex_unlock(&team->gate.lock);
}

/* Only the maker calls this once it runs. Returns 0 or a negative errno. */
static int team_grow(struct team *team)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return -ENOMEM;
    worker->team = team;
    worker->number = team->count + 1;
    gate_seat_init(&worker->seat);
    worker->next = team->workers;
    atomic_fetch_add(&team->crew->active, 1);
    set_workers(team, worker); /* before it runs, so that team_stop finds it */
    int r = start_thread(&worker->thread, worker_main, worker);
    if (r == 0) {
        team->count++;
        return 0;
    }
    set_workers(team, worker->next);
    atomic_fetch_sub(&team->crew->active, 1);
    gate_seat_deinit(&worker->seat);
    free(worker);
    return r;
}

static bool may_grow(const struct team *team)
{
    return team->count < team->load->class->connections &&
           atomic_load(&team->crew->active) < team->crew->threads_most;
}

/* Ends when the class or the system allows no more threads. */
static void *maker_main(void *argument)
{
    struct team *team = argument;
    pthread_setname_np(pthread_self(), "looplag-maker");
    while (gate_want(&team->gate) && may_grow(team) && team_grow(team) == 0)
        ;
    return NULL;
}

/* Arrivals differ from class to class and window to window, and repeat with the same seed. */
static int team_plan(struct team *team)
{
    const struct window *window = team->crew->window;
    const struct traffic_class *class = team->load->class;
    uint64_t seed = window->seed ^ ((uint64_t)window->number << 32);
    if (class->arrival != ARRIVAL_POISSON)
        return 0;
    for (const char *name = class->name; *name; name++)
        seed = (seed ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return schedule_make_poisson(class->interval_ns, window->duration_ns, seed, &team->offsets,
                                 &team->offset_count);
}

int team_start(struct team *team)
{
    const struct traffic_class *class = team->load->class;
    bool open = class_is_open(class);
    unsigned wanted = open ? team->gate.reserve : class->connections;
    int r = team_plan(team);
    while (r == 0 && team->count < wanted && (!open || team->count == 0 || may_grow(team))) {
        gate_expect(&team->gate);
        r = team_grow(team);
    }
    if (r == 0 && open && team->count < class->connections) {
        r = start_thread(&team->maker, maker_main, team);
        team->has_maker = r == 0;
    }
    return r;
}

void team_open(struct team *team, int64_t start_ns, int64_t end_ns)
{
    const struct schedule plan = {
        .start_ns = start_ns,
        .end_ns = end_ns,
        .interval_ns = team->load->class->interval_ns,
        .offsets = team->offsets,
        .count = team->offset_count,
    };
    gate_open(&team->gate, &plan);
}

void team_stop(struct team *team)
{
    gate_stop(&team->gate);
    pthread_mutex_lock(&team->gate.lock);
    for (struct worker *worker = team->workers; worker; worker = worker->next) {
        if (worker->ready)
            transfer_wake(&worker->transfer);
    }
    pthread_mutex_unlock(&team->gate.lock);
}

struct progress_row team_progress(const struct team *team)
{
    uint64_t done = atomic_load_explicit(&team->done, memory_order_relaxed);
    uint64_t sent = atomic_load_explicit(&team->sent, memory_order_relaxed);
    return (struct progress_row){
        .name = team->load->class->name,
        .sent = sent,
        .failed = atomic_load_explicit(&team->failed, memory_order_relaxed),
        .waiting = sent > done ? sent - done : 0,
    };
}

/* Joins one thread and adds the figures that it kept to itself. */
static int worker_finish(struct worker *worker, struct load *load)
{
    pthread_join(worker->thread, NULL);
    int r = worker->failure;
    load->stats->cpu_ns += worker->cpu_ns;
    if (load->samples && r == 0)
        r = samples_merge(load->samples, &worker->samples);
    transfer_deinit(&worker->transfer);
    samples_deinit(&worker->samples);
    gate_seat_deinit(&worker->seat);
    free(worker);
    return r;
}

static void count_plan(struct team *team, int64_t ended_ns)
{
    struct load *load = team->load;
    const struct gate *gate = &team->gate;
    uint64_t sent = atomic_load(&team->sent);
    uint64_t planned =
        class_is_open(load->class) ? schedule_count(&gate->schedule, ended_ns) : sent;
    load->planned = planned > sent ? planned : sent;
    load->stats->planned += load->planned;
    for (uint64_t i = sent; i < load->planned; i++)
        class_stats_record_unsent(load->stats, schedule_time(&gate->schedule, i), ended_ns);
    class_stats_count_threads(load->stats, team->count, gate->waits, gate->wait_longest_ns);
}

int team_finish(struct team *team, int64_t ended_ns)
{
    int r = 0;
    gate_stop(&team->gate); /* the workers have ended; this ends the maker */
    if (team->has_maker)
        pthread_join(team->maker, NULL);
    while (team->workers) {
        struct worker *worker = team->workers;
        team->workers = worker->next;
        int code = worker_finish(worker, team->load);
        r = r ? r : code;
    }
    count_plan(team, ended_ns);
    free(team->offsets);
    gate_deinit(&team->gate);
    pthread_mutex_destroy(&team->record);
    return r;
}
