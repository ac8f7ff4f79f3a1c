/* stats.c: see stats.h. */
#include "stats/stats.h"

#include "base/clock.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { OWN_SLOTS = 64, SHARED_SLOTS = 4, SLOTS = OWN_SLOTS + SHARED_SLOTS };
enum { PAGE = 4096 };

/* All histograms are of ns, from 1 us to a day. */
enum { HOLD_DIGITS = 3, LATENCY_DIGITS = 2 };
#define LONGEST_NS (86400 * NS_PER_S)

/* The histograms of a slot: the holds, then a latency for each endpoint and size. */
enum {
    HOLD_WALL,
    HOLD_CPU,
    HOLD_LARGE,
    LATENCY,
    SERIES = LATENCY + STATS_ENDPOINTS_MAX * STATS_SIZES,
};

/* Extremes of a histogram in a slot; its counts are elsewhere in the slot. */
struct series {
    _Atomic uint64_t sum;
    _Atomic int64_t most;  /* the largest value */
    _Atomic int64_t least; /* INT64_MAX - the smallest value: a zeroed slot is an empty one */
};

struct slot {
    _Alignas(64) atomic_int owner; /* pid of the process whose thread has it; 0: free */
    _Atomic uint64_t replies[STATS_STATUSES];
    _Atomic uint64_t bytes_in;
    _Atomic uint64_t bytes_out;
    _Atomic uint64_t log_dropped;
    _Atomic uint64_t limited[STATS_LIMITS];
    _Atomic uint64_t tls[STATS_TLS];
    struct series series[SERIES];
    _Atomic uint64_t counts[];
};

/* The head of the mapping; places of workers and slots follow it. */
struct stats {
    size_t size;
    size_t slot_size;
    unsigned workers;
    unsigned generations;
    struct histogram hold_shape; /* layouts without counts */
    struct histogram latency_shape;
    int pid;                   /* of the process that made it */
    _Atomic uint64_t ended_ns; /* CPU time of processes that have ended */
    atomic_bool draining;
    _Atomic int64_t certificate_expires_s;
    atomic_uint used;        /* slots below this were ever taken */
    atomic_uint next_shared; /* threads without a slot of their own take the others in turn */
    struct worker places[];
};

/* The calling thread's slot. */
static _Thread_local struct {
    struct stats *stats; /* whose slot it is; NULL: none yet */
    struct slot *slot;
    bool exclusive;
} own;

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

const char *stats_size_name(enum stats_size size)
{
    static const char *const names[] = {"small", "medium", "large"};
    return names[size];
}

enum stats_size stats_size_of(uint64_t bytes)
{
    if (bytes < (64 << 10))
        return STATS_SMALL;
    return bytes < (8 << 20) ? STATS_MEDIUM : STATS_LARGE;
}

const char *stats_limit_name(enum stats_limit limit)
{
    static const char *const names[] = {
        [STATS_HEADER_TIMEOUT] = "header_timeout", [STATS_BODY_TIMEOUT] = "body_timeout",
        [STATS_BODY_RATE] = "min_body_rate",       [STATS_IDLE_TIMEOUT] = "idle_timeout",
        [STATS_REPLY_TIMEOUT] = "reply_timeout",   [STATS_MADE_ROOM] = "made_room",
        [STATS_PER_IP] = "max_connections_per_ip", [STATS_CONNECTIONS] = "max_connections",
        [STATS_INFLIGHT] = "max_inflight",         [STATS_INFLIGHT_BYTES] = "max_inflight_bytes",
        [STATS_USER_LIMIT] = "user_limit",
    };
    return names[limit];
}

static const struct histogram *shape_of(const struct stats *stats, size_t series)
{
    return series < LATENCY ? &stats->hold_shape : &stats->latency_shape;
}

/* Where a series' counts begin among the slot's. */
static size_t counts_at(const struct stats *stats, size_t series)
{
    size_t hold = (size_t)stats->hold_shape.counts_length;
    size_t latency = (size_t)stats->latency_shape.counts_length;
    return series < LATENCY ? series * hold : LATENCY * hold + (series - LATENCY) * latency;
}

static struct slot *slot_at(struct stats *stats, size_t index)
{
    char *end = (char *)stats + stats->size;
    return (struct slot *)(void *)(end - (SLOTS - index) * stats->slot_size);
}

static size_t whole_pages(size_t size)
{
    return (size + PAGE - 1) / PAGE * PAGE;
}

struct stats *stats_new(unsigned workers, unsigned generations)
{
    struct stats shape = {.workers = workers, .generations = generations, .pid = (int)getpid()};
    histogram_shape(&shape.hold_shape, NS_PER_US, LONGEST_NS, HOLD_DIGITS);
    histogram_shape(&shape.latency_shape, NS_PER_US, LONGEST_NS, LATENCY_DIGITS);
    const unsigned places = workers * generations;
    const size_t counts = counts_at(&shape, SERIES);
    shape.slot_size = whole_pages(sizeof(struct slot) + counts * sizeof(uint64_t));
    shape.size =
        whole_pages(sizeof shape + places * sizeof(struct worker)) + SLOTS * shape.slot_size;
    /* The kernel makes only the pages that are recorded into. */
    struct stats *stats = mmap(NULL, shape.size, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stats == MAP_FAILED)
        return NULL;
    *stats = shape;
    for (unsigned i = 0; i < places; i++)
        stats->places[i].number = i % workers;
    return stats;
}

void stats_free(struct stats *stats)
{
    if (!stats)
        return;
    if (own.stats == stats)
        memset(&own, 0, sizeof own);
    munmap(stats, stats->size);
}

unsigned stats_workers(const struct stats *stats)
{
    return stats->workers;
}

unsigned stats_place_of(const struct stats *stats, unsigned number, unsigned generation)
{
    return generation * stats->workers + number;
}

struct worker *stats_worker(struct stats *stats, unsigned number, unsigned generation)
{
    return &stats->places[stats_place_of(stats, number, generation)];
}

void stats_worker_read(struct stats *stats, unsigned number, struct stats_worker *worker)
{
    int64_t newest = 0;
    *worker = (struct stats_worker){0};
    for (unsigned i = 0; i < stats->generations; i++) {
        struct worker *place = stats_worker(stats, number, i);
        int64_t began = atomic_load(&place->began_ns);
        int pid = atomic_load(&place->pid);
        uint64_t closed = atomic_load(&place->closed);
        uint64_t connections = atomic_load(&place->connections);
        if (pid && began >= newest) {
            worker->pid = pid;
            newest = began;
        }
        worker->starts += atomic_load(&place->starts);
        worker->connections += connections;
        worker->open += connections - closed;
        worker->requests += atomic_load(&place->requests);
        worker->by_handlers += atomic_load(&place->by_handlers);
        worker->turn_waits += atomic_load(&place->turn_waits);
        worker->gave_way += atomic_load(&place->gave_way);
        worker->in_flight += worker_in_flight(place);
    }
}

static int64_t longer(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

struct stats_moment stats_worker_moment(struct stats *stats, unsigned number, int64_t tick)
{
    struct stats_moment moment = {0};
    for (unsigned i = 0; i < stats->generations; i++) {
        const struct recent *recent = &stats_worker(stats, number, i)->recent;
        moment.hold_ns = longer(moment.hold_ns, recent_longest(recent->holds, tick));
        moment.answer_ns = longer(moment.answer_ns, recent_longest(recent->answers, tick));
    }
    return moment;
}

uint64_t stats_in_flight(struct stats *stats)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < stats_places(stats); i++)
        sum += worker_in_flight(&stats->places[i]);
    return sum;
}

static void give_back(void *slot)
{
    atomic_store_explicit(&((struct slot *)slot)->owner, 0, memory_order_release);
}

static void make_key(void)
{
    pthread_key_create(&key, give_back);
}

void stats_forget_process(struct stats *stats, int pid)
{
    for (size_t i = 0; i < OWN_SLOTS; i++) {
        int owner = pid;
        atomic_compare_exchange_strong(&slot_at(stats, i)->owner, &owner, 0);
    }
}

void stats_drain_begins(struct stats *stats)
{
    atomic_store(&stats->draining, true);
}

bool stats_is_draining(const struct stats *stats)
{
    return atomic_load(&stats->draining);
}

unsigned stats_slots_used(struct stats *stats)
{
    return atomic_load(&stats->used);
}

unsigned stats_places(const struct stats *stats)
{
    return stats->workers * stats->generations;
}

struct worker *stats_place(struct stats *stats, unsigned index)
{
    return &stats->places[index];
}

unsigned stats_index_of(struct stats *stats, const struct worker *worker)
{
    return (unsigned)(worker - stats->places);
}

int stats_pid(const struct stats *stats)
{
    return stats->pid;
}

static uint64_t ns_of(struct timeval time)
{
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_usec * NS_PER_US;
}

void stats_process_ended(struct stats *stats, const struct rusage *usage)
{
    atomic_fetch_add(&stats->ended_ns, ns_of(usage->ru_utime) + ns_of(usage->ru_stime));
}

uint64_t stats_ended_ns(const struct stats *stats)
{
    return atomic_load(&stats->ended_ns);
}

static void note_use(struct stats *stats, unsigned count)
{
    unsigned used = atomic_load(&stats->used);
    while (used < count && !atomic_compare_exchange_weak(&stats->used, &used, count)) {
    }
}

/* Gives the thread a slot: of its own, until it ends, while there are any. */
static void take_slot(struct stats *stats)
{
    const int pid = (int)getpid();
    unsigned index = 0;
    for (; index < OWN_SLOTS; index++) {
        int nobody = 0;
        if (atomic_compare_exchange_strong(&slot_at(stats, index)->owner, &nobody, pid))
            break;
    }
    own.exclusive = index < OWN_SLOTS;
    if (!own.exclusive)
        index += atomic_fetch_add(&stats->next_shared, 1) % SHARED_SLOTS;
    own.stats = stats;
    own.slot = slot_at(stats, index);
    note_use(stats, index + 1);
    pthread_once(&key_once, make_key);
    pthread_setspecific(key, own.exclusive ? own.slot : NULL);
}

static struct slot *own_slot(struct stats *stats)
{
    if (own.stats != stats)
        take_slot(stats);
    return own.slot;
}

/* One writer needs no locked instruction; a reader may read at any time. */
static void add(_Atomic uint64_t *counter, uint64_t amount)
{
    if (own.exclusive) {
        uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
        atomic_store_explicit(counter, now + amount, memory_order_relaxed);
    } else {
        atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
    }
}

static void raise_to(_Atomic int64_t *most, int64_t value)
{
    int64_t now = atomic_load_explicit(most, memory_order_relaxed);
    while (now < value && !atomic_compare_exchange_weak_explicit(
                              most, &now, value, memory_order_relaxed, memory_order_relaxed)) {
    }
}

static void record(const struct stats *stats, struct slot *slot, size_t index, int64_t value)
{
    const struct histogram *shape = shape_of(stats, index);
    struct series *series = &slot->series[index];
    if (value < 0)
        value = 0;
    if (value > shape->highest)
        value = shape->highest;
    raise_to(&series->most, value);
    raise_to(&series->least, INT64_MAX - value);
    add(&slot->counts[counts_at(stats, index) + (size_t)histogram_slot(shape, value)], 1);
    add(&series->sum, (uint64_t)value);
}

void stats_hold(struct stats *stats, int64_t ns, int64_t cpu_ns)
{
    struct slot *slot = own_slot(stats);
    record(stats, slot, HOLD_WALL, ns);
    record(stats, slot, HOLD_CPU, cpu_ns);
}

void stats_large_hold(struct stats *stats, int64_t ns)
{
    record(stats, own_slot(stats), HOLD_LARGE, ns);
}

static size_t latency_series(size_t endpoint, enum stats_size size)
{
    return LATENCY + endpoint * STATS_SIZES + size;
}

void stats_reply(struct stats *stats, const struct stats_reply *reply)
{
    struct slot *slot = own_slot(stats);
    if (reply->status >= 0 && reply->status < STATS_STATUSES)
        add(&slot->replies[reply->status], 1);
    add(&slot->bytes_in, reply->bytes_in);
    add(&slot->bytes_out, reply->bytes_out);
    record(stats, slot, latency_series(reply->endpoint, stats_size_of(reply->bytes_in)),
           reply->elapsed_ns);
}

void stats_log_dropped(struct stats *stats, uint64_t lines)
{
    add(&own_slot(stats)->log_dropped, lines);
}

void stats_limited(struct stats *stats, enum stats_limit limit)
{
    add(&own_slot(stats)->limited[limit], 1);
}

void stats_tls(struct stats *stats, enum stats_tls how)
{
    add(&own_slot(stats)->tls[how], 1);
}

void stats_set_certificate(struct stats *stats, int64_t expires_s)
{
    atomic_store(&stats->certificate_expires_s, expires_s);
}

int64_t stats_certificate(const struct stats *stats)
{
    return atomic_load(&stats->certificate_expires_s);
}

/* Where a series of all slots is summed up. */
static struct histogram *total_of(struct stats_totals *totals, size_t series)
{
    struct histogram *const holds[] = {
        [HOLD_WALL] = &totals->loop_hold,
        [HOLD_CPU] = &totals->loop_hold_cpu,
        [HOLD_LARGE] = &totals->large_hold,
    };
    if (series < LATENCY)
        return holds[series];
    return &totals->latency[(series - LATENCY) / STATS_SIZES][(series - LATENCY) % STATS_SIZES];
}

void stats_totals_deinit(struct stats_totals *totals)
{
    for (size_t i = 0; i < SERIES; i++)
        histogram_deinit(total_of(totals, i));
}

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* The sum first: a value that is recorded meanwhile is in the counts at most. */
static int add_series(const struct stats *stats, const struct slot *slot, size_t index,
                      struct histogram *into)
{
    const struct series *series = &slot->series[index];
    uint64_t sum = read_counter(&series->sum);
    int64_t least = atomic_load_explicit(&series->least, memory_order_relaxed);
    int64_t most = atomic_load_explicit(&series->most, memory_order_relaxed);
    if (!least)
        return 0;
    if (!into->counts) {
        const struct histogram *shape = shape_of(stats, index);
        int error = histogram_init(into, shape->lowest, shape->highest, shape->significant_digits);
        if (error)
            return error;
    }
    least = INT64_MAX - least;
    const _Atomic uint64_t *counts = &slot->counts[counts_at(stats, index)];
    if (into->total == 0 || least < into->min)
        into->min = least;
    if (most > into->max)
        into->max = most;
    into->sum += sum;
    for (int32_t i = histogram_slot(into, least); i <= histogram_slot(into, most); i++) {
        uint64_t count = read_counter(&counts[i]);
        into->counts[i] += count;
        into->total += count;
    }
    return 0;
}

static int add_slot(const struct stats *stats, const struct slot *slot, struct stats_totals *into)
{
    for (size_t i = 0; i < STATS_STATUSES; i++)
        into->replies[i] += read_counter(&slot->replies[i]);
    into->bytes_in += read_counter(&slot->bytes_in);
    into->bytes_out += read_counter(&slot->bytes_out);
    into->log_dropped += read_counter(&slot->log_dropped);
    for (size_t i = 0; i < STATS_LIMITS; i++)
        into->limited[i] += read_counter(&slot->limited[i]);
    for (size_t i = 0; i < STATS_TLS; i++)
        into->tls[i] += read_counter(&slot->tls[i]);
    int error = 0;
    for (size_t i = 0; i < SERIES && !error; i++)
        error = add_series(stats, slot, i, total_of(into, i));
    return error;
}

int stats_read(struct stats *stats, struct stats_totals *totals)
{
    *totals = (struct stats_totals){.bytes_in = 0};
    unsigned used = stats_slots_used(stats);
    int error = 0;
    for (size_t i = 0; i < used && !error; i++)
        error = add_slot(stats, slot_at(stats, i), totals);
    return error;
}
