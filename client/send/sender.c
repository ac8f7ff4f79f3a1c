/* sender.c: see sender.h. */
#include "send/sender.h"

#include "base/clock.h"
#include "base/error.h"
#include "send/handshake.h"

#include <stdio.h>

/* How soon a sender asks again for a connection when the process has no more. */
#define PLACE_WAIT_NS NS_PER_MS
/* Handles made before the start; more are made when they are needed. */
#define HANDLES_FIRST 64

enum { THREAD_NAME_SIZE = 16 }; /* the kernel's */

static struct transfer *make_transfer(struct sender *sender)
{
    struct transfer *transfer = transfer_new(&sender->class->config, &sender->sockets);
    if (transfer) {
        transfer->next = sender->made;
        sender->made = transfer;
    }
    return transfer;
}

int sender_init(struct sender *sender, struct sender_class *class, unsigned number)
{
    char error[TARGET_ERROR_SIZE];
    sender->class = class;
    sender->number = number;
    int r = class_stats_init(&sender->stats);
    if (r == 0)
        r = sockets_init(&sender->sockets, class->crew->stop_fd, &class->crew->connections);
    if (r == 0)
        r = handshake_prepare(class->config.target, sender->sockets.multi, error);
    for (unsigned i = 0; r == 0 && i < HANDLES_FIRST; i++) {
        struct transfer *transfer = make_transfer(sender);
        if (!transfer)
            return -ENOMEM;
        transfer->idle = sender->idle;
        sender->idle = transfer;
    }
    return r;
}

static void fail(struct sender *sender)
{
    sender->failure = -ENOMEM;
    crew_stop(sender->class->crew);
}

/* A request as it is drawn; one that leads the window only where that is asked for. */
static int note_point(struct sender *sender, const struct sample *row, bool counted)
{
    const struct load *load = sender->class->load;
    bool by_send = load->by_send && row->outcome.sent_ns;
    int64_t from_ns = by_send ? row->outcome.sent_ns : row->planned_ns;
    if (!load->timeline || !(counted || load->by_send))
        return 0;
    const struct timeline_point point =
        timeline_point_of(from_ns - sender->class->counts_from_ns, row->outcome.end_ns - from_ns,
                          row->outcome.kind != OUTCOME_OK);
    return timeline_add(&sender->timeline, &point);
}

static void record(struct sender *sender, const struct sample *row)
{
    struct sender_class *class = sender->class;
    const struct load *load = class->load;
    bool counted = row->planned_ns >= class->counts_from_ns;
    if (counted)
        class_stats_record(&sender->stats, row->planned_ns, &row->outcome);
    else
        atomic_fetch_add_explicit(&class->led, 1, memory_order_relaxed);
    if (load->trace && row->outcome.kind == OUTCOME_OK)
        trace_add(load->trace, row->id, row->planned_ns, &row->outcome);
    if (counted && load->samples && samples_add(&sender->samples, row))
        fail(sender);
    if (note_point(sender, row, counted))
        fail(sender);
    if (row->outcome.kind != OUTCOME_OK)
        atomic_fetch_add_explicit(&class->failed, 1, memory_order_relaxed);
    if (row->outcome.kind == OUTCOME_CONNECT)
        atomic_fetch_add_explicit(&class->refused, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&class->done, 1, memory_order_relaxed);
}

/* Keeps what a person is to see of the first failure of its kind. */
static void note_failure(struct sender *sender, const struct transfer *transfer, CURLcode code,
                         const struct outcome *outcome)
{
    const struct sender_class *class = sender->class;
    if (outcome->kind == OUTCOME_OK || outcome->kind == OUTCOME_INTERRUPTED ||
        transfer->planned_ns < class->counts_from_ns ||
        failures_has(&sender->failures, outcome->kind, outcome->status))
        return;
    const struct failure failure = transfer_failure(transfer, code, outcome);
    failures_add(&sender->failures, &failure);
}

/* Records a request that ended and takes its handle back. */
static void end_transfer(struct sender *sender, struct transfer *transfer, CURLcode code)
{
    int64_t now = clock_now_ns();
    struct sample row = {.id = transfer->id,
                         .window = sender->class->window,
                         .planned_ns = transfer->planned_ns,
                         .outcome = transfer_end(transfer, code, now)};
    int64_t since = sender->sockets.there_since_ns;
    if (row.outcome.kind == OUTCOME_OK)
        row.outcome.read_lag_ns =
            row.outcome.end_ns - (since > row.outcome.sent_ns ? since : row.outcome.sent_ns);
    note_failure(sender, transfer, code, &row.outcome);
    if (row.outcome.resent && transfer_renew(transfer, &sender->sockets))
        fail(sender);
    transfer->busy = false;
    transfer->idle = sender->idle;
    sender->idle = transfer;
    pace_end(&sender->pace, now, row.outcome.end_ns);
    record(sender, &row);
}

static void collect(struct sender *sender)
{
    CURLcode code;
    for (CURL *easy = NULL; (easy = sockets_next_done(&sender->sockets, &code));) {
        struct transfer *transfer;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
        end_transfer(sender, transfer, code);
    }
    if (sender->sockets.failed)
        fail(sender);
}

/* Takes the request that is due. In a closed class they are numbered as they come. */
static void send_next(struct sender *sender, int64_t planned_ns, int64_t now_ns)
{
    struct sender_class *class = sender->class;
    struct transfer *transfer = sender->idle ? sender->idle : make_transfer(sender);
    if (!transfer) {
        fail(sender);
        return;
    }
    if (transfer == sender->idle)
        sender->idle = transfer->idle;
    uint64_t index = pace_take(&sender->pace, now_ns);
    uint64_t count = atomic_fetch_add_explicit(&class->sent, 1, memory_order_relaxed);
    bool open = class_is_open(class->load->class);
    transfer->busy = true;
    if (transfer_begin(transfer, class->load->first_id + (open ? index : count), planned_ns) ||
        sockets_start(&sender->sockets, transfer->easy))
        fail(sender);
    collect(sender); /* a connection may be refused at once */
}

/* Whether a connection can be had: one that is idle, or another one. */
static bool has_place(const struct sender *sender)
{
    const struct crew *crew = sender->class->crew;
    return sender->sockets.open > sender->pace.in_flight ||
           atomic_load_explicit(&crew->connections, memory_order_relaxed) < crew->connections_most;
}

/* Sends a request if one is due. */
static void send_due(struct sender *sender)
{
    int64_t now = clock_now_ns();
    int64_t due = pace_due(&sender->pace, now);
    if (due > now)
        return;
    if (has_place(sender))
        send_next(sender, due, now);
    else
        pace_refuse(&sender->pace, now);
}

/* A request that is due waits for a look at the sockets, no longer, or for a place. */
static int64_t wake_time(const struct sender *sender)
{
    int64_t now = clock_now_ns();
    int64_t due = pace_due(&sender->pace, now);
    return due > now || has_place(sender) ? due : now + PLACE_WAIT_NS;
}

static void turn(struct sender *sender)
{
    int count = sockets_wait(&sender->sockets, wake_time(sender));
    for (int i = 0; i < count; i++) {
        sockets_act(&sender->sockets, i);
        collect(sender);
        send_due(sender);
    }
    if (count == 0)
        send_due(sender);
    sockets_act_on_time(&sender->sockets);
    collect(sender);
}

static void interrupt_all(struct sender *sender)
{
    for (struct transfer *transfer = sender->made; transfer; transfer = transfer->next) {
        if (!transfer->busy)
            continue;
        curl_multi_remove_handle(sender->sockets.multi, transfer->easy);
        end_transfer(sender, transfer, CURLE_ABORTED_BY_CALLBACK);
    }
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

static void *sender_main(void *argument)
{
    struct sender *sender = argument;
    struct crew *crew = sender->class->crew;
    name_thread(sender->class->load->class->name, sender->number + 1);
    int64_t cpu = clock_thread_cpu_ns();
    while (!atomic_load_explicit(&crew->stop, memory_order_relaxed) &&
           !pace_is_over(&sender->pace, clock_now_ns()))
        turn(sender);
    interrupt_all(sender);
    sender->stats.cpu_ns = clock_thread_cpu_ns() - cpu;
    sender->stats.ran_ns = clock_now_ns() - sender->pace.plan.start_ns;
    atomic_fetch_sub(&crew->active, 1);
    return NULL;
}

int sender_start(struct sender *sender)
{
    struct crew *crew = sender->class->crew;
    atomic_fetch_add(&crew->active, 1);
    int r = -pthread_create(&sender->thread, NULL, sender_main, sender);
    sender->started = r == 0;
    if (r)
        atomic_fetch_sub(&crew->active, 1);
    return r;
}

int sender_join(struct sender *sender)
{
    if (!sender->started)
        return 0;
    pthread_join(sender->thread, NULL);
    sender->stats.waits = sender->pace.waits;
    sender->stats.wait_longest_ns = sender->pace.wait_longest_ns;
    sender->stats.connections_opened = sender->sockets.opened;
    sender->stats.connections_most = sender->sockets.open_most;
    return sender->failure;
}

void sender_deinit(struct sender *sender)
{
    while (sender->made) {
        struct transfer *transfer = sender->made;
        sender->made = transfer->next;
        transfer_free(transfer);
    }
    sockets_deinit(&sender->sockets);
    pace_deinit(&sender->pace);
    samples_deinit(&sender->samples);
    timeline_deinit(&sender->timeline);
    class_stats_deinit(&sender->stats);
}
