/* team.c: see team.h. */
#include "send/team.h"

#include "base/clock.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

/* What a thread spends on a request with a new connection, and on a byte of its body. */
#define REQUEST_COST_NS 1e5
#define BYTE_COST_NS 1.0
/* Small connections of a closed class that one thread serves as fast as they can. */
#define CLOSED_CONNECTIONS 16
#define LARGE_SENDERS_MOST 4

static double senders_wanted(const struct load *load)
{
    const struct traffic_class *class = load->class;
    bool large = load->bodies->mean_bytes >= CLASS_HEAVY_BYTES;
    double cost = REQUEST_COST_NS + BYTE_COST_NS * (double)load->bodies->mean_bytes;
    if (class_is_open(class))
        return ceil(cost / (double)class->interval_ns);
    return large ? class->connections : ceil((double)class->connections / CLOSED_CONNECTIONS);
}

/* Half of the processors are the server's. */
static unsigned senders_of(const struct load *load)
{
    bool large = load->bodies->mean_bytes >= CLASS_HEAVY_BYTES;
    double cores = (double)sysconf(_SC_NPROCESSORS_ONLN);
    double most = large ? LARGE_SENDERS_MOST : fmax(floor(cores / 2), 1);
    if (load->class->connections)
        most = fmin(most, load->class->connections);
    return (unsigned)fmin(senders_wanted(load), fmin(most, TEAM_SENDERS_MOST));
}

/* Every class and window has arrivals of its own, and the same in every run of a seed. */
static int make_arrivals(struct team *team)
{
    const struct window *window = team->window;
    const struct traffic_class *class = team->load->class;
    uint64_t seed = window->seed ^ ((uint64_t)window->number << 32);
    if (class->arrival != ARRIVAL_POISSON)
        return 0;
    for (const char *name = class->name; *name; name++)
        seed = (seed ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return schedule_make_poisson(class->interval_ns, window->duration_ns + team->load->lead_ns,
                                 seed, &team->offsets, &team->offset_count);
}

struct transfer_config team_config(const struct window *window, const struct load *load)
{
    return (struct transfer_config){
        .target = window->target,
        .class = load->class,
        .endpoint = load->endpoint,
        .bodies = load->bodies,
        .headers = window->headers,
        .timeout_ns = window->timeout_ns,
        .keepalive = window->keepalive,
        .heed = window->heed,
        .heeded = window->heeded,
    };
}

int team_init(struct team *team, const struct window *window, struct load *load, struct crew *crew)
{
    team->window = window;
    team->load = load;
    team->class = (struct sender_class){.crew = crew, .load = load, .window = window->number};
    team->class.config = team_config(window, load);
    int r = transfer_config_init(&team->class.config);
    if (r == 0)
        r = make_arrivals(team);
    unsigned wanted = senders_of(load);
    while (r == 0 && team->count < wanted) {
        unsigned number = team->count++;
        r = sender_init(&team->senders[number], &team->class, number);
    }
    return r;
}

/* The share of sender `number` in the class's connections; 0 is any number. */
static unsigned share_of(const struct team *team, unsigned number)
{
    unsigned connections = team->load->class->connections;
    return connections / team->count + (number < connections % team->count);
}

int team_open(struct team *team, int64_t start_ns, int64_t end_ns)
{
    int r = 0;
    team->class.counts_from_ns = start_ns;
    team->plan = (struct schedule){
        .start_ns = start_ns - team->load->lead_ns,
        .end_ns = end_ns,
        .interval_ns = team->load->class->interval_ns,
        .offsets = team->offsets,
        .count = team->offset_count,
    };
    for (unsigned i = 0; r == 0 && i < team->count; i++) {
        struct pace *pace = &team->senders[i].pace;
        if (class_is_open(team->load->class))
            pace_init_open(pace, &team->plan, i, team->count, share_of(team, i));
        else
            r = pace_init_closed(pace, &team->plan, share_of(team, i));
        if (r == 0)
            r = sender_start(&team->senders[i]);
    }
    return r;
}

struct progress_row team_progress(const struct team *team)
{
    uint64_t done = atomic_load_explicit(&team->class.done, memory_order_relaxed);
    uint64_t sent = atomic_load_explicit(&team->class.sent, memory_order_relaxed);
    return (struct progress_row){
        .name = team->load->class->name,
        .sent = sent,
        .failed = atomic_load_explicit(&team->class.failed, memory_order_relaxed),
        .refused = atomic_load_explicit(&team->class.refused, memory_order_relaxed),
        .waiting = sent > done ? sent - done : 0,
    };
}

/* Requests that were never sent were waited for until the end. Returns 0 or -ENOMEM. */
static int record_unsent(const struct team *team, int64_t planned_ns, int64_t ended_ns)
{
    struct load *load = team->load;
    class_stats_record_unsent(load->stats, planned_ns, ended_ns);
    const struct timeline_point point =
        timeline_point_of(planned_ns - team->class.counts_from_ns, ended_ns - planned_ns, true);
    return load->timeline && !load->by_send ? timeline_add(load->timeline, &point) : 0;
}

/* Returns 0 or -ENOMEM. */
static int count_plan(struct team *team, int64_t ended_ns)
{
    int r = 0;
    struct load *load = team->load;
    uint64_t sent = atomic_load(&team->class.sent);
    bool open = class_is_open(load->class);
    uint64_t planned = open ? schedule_count(&team->plan, ended_ns) : sent;
    int64_t from_ns = team->class.counts_from_ns;
    uint64_t led = open ? schedule_count(&team->plan, from_ns) : atomic_load(&team->class.led);
    load->planned = planned > sent ? planned : sent;
    load->stats->planned += load->planned > led ? load->planned - led : 0;
    for (unsigned i = 0; open && i < team->count; i++) {
        const struct pace *pace = &team->senders[i].pace;
        for (uint64_t n = pace->next; n < load->planned; n += pace->step) {
            if (n >= led)
                r |= record_unsent(team, schedule_time(&team->plan, n), ended_ns);
        }
    }
    return r ? -ENOMEM : 0;
}

int team_finish(struct team *team, int64_t ended_ns)
{
    int r = 0;
    unsigned connections = 0;
    for (unsigned i = 0; i < team->count; i++) {
        struct sender *sender = &team->senders[i];
        int code = sender_join(sender);
        class_stats_merge(team->load->stats, &sender->stats);
        if (team->load->failures)
            failures_merge(team->load->failures, &sender->failures);
        connections += sender->stats.connections_most;
        if (code == 0 && team->load->samples)
            code = samples_merge(team->load->samples, &sender->samples);
        if (code == 0 && team->load->timeline)
            code = timeline_merge(team->load->timeline, &sender->timeline);
        r = r ? r : code;
    }
    int counted = count_plan(team, ended_ns);
    if (team->load->timeline)
        timeline_seal(team->load->timeline);
    class_stats_count_means(team->load->stats, team->count, connections);
    for (unsigned i = 0; i < team->count; i++)
        sender_deinit(&team->senders[i]);
    free(team->offsets);
    transfer_config_deinit(&team->class.config);
    return r ? r : counted;
}
